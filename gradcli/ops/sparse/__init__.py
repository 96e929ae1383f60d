"""Sparse arrays, and the operations that make them, take them apart, and exist for them alone."""
