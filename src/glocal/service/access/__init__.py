"""What stands between the network and the work: tokens, limits, headers, back-pressure, logs and counters."""
