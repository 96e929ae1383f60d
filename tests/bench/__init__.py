"""Benchmarks: not tests, but questions about speed and memory, answered beside named rivals in one run."""
