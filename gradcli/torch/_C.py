"""The few names of PyTorch's compiled module that programs use."""

from gradcli.torch._dispatch import disabled as DisableTorchFunctionSubclass
from gradcli.torch._dispatch import without_opinion as _disabled_torch_function_impl

DisableTorchFunction = DisableTorchFunctionSubclass
__all__ = ["DisableTorchFunction", "DisableTorchFunctionSubclass", "_disabled_torch_function_impl"]
