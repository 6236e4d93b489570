"""Image search that finds photos of the same thing, and proves it."""
