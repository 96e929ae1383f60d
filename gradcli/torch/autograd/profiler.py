"""`torch.autograd.profiler`: the older names of `torch.profiler`."""

from gradcli.torch.profiler import profile, record_function

__all__ = ["profile", "record_function"]
