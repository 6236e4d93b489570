"""Long work: a table that survives restarts, and the threads that work it off."""
