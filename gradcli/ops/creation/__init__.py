"""New tensors: filled, spaced, random, or of numbers in lists."""
