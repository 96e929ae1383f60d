"""Tensors of other libraries on the same memory, by DLPack."""

from gradcli.torch._exchange import from_dlpack as from_dlpack
from gradcli.torch._exchange import to_dlpack as to_dlpack
