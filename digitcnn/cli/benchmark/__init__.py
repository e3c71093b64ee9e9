"""The benchmarks' commands."""
