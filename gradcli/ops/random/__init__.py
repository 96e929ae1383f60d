"""PyTorch's random numbers, from the seed to the distributions."""
