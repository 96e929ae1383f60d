"""`torch.autograd.profiler_util`: what a profile consists of, by PyTorch's older names."""

from gradcli.torch.profiler.events import EventList, FunctionEvent, FunctionEventAvg, Interval
from gradcli.torch.profiler.events import format_time as _format_time

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval", "_format_time"]
