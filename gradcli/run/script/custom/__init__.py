"""Functions with a backward of the script's own: `torch.autograd.Function`."""
