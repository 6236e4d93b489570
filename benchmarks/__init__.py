"""Benchmarks: every claim measured beside its alternatives in one run. `python -m benchmarks` runs them."""
