"""What is left out on purpose: names of `torch` and of its modules, why, and what serves instead."""

from __future__ import annotations

_QUANTIZED = "quantized tensors are not part of gradcli; use floating-point numbers"
_ONE_DEVICE = "there is one device here, the CPU"
_NO_NUMBERS = "NumPy has no such numbers: use torch.bfloat16 or torch.float16"
_NOT_TRACED = "programs are not traced to graphs here; call the module or the function itself"
MODULES = {  # by their names behind "torch.": why they are not there
    "ao": _QUANTIZED,
    "export": _NOT_TRACED,
    "fx": _NOT_TRACED,
    "masked": "masked tensors are not part of gradcli; use torch.where and sums over masks",
    "monitor": "it is not part of gradcli",
    "mtia": _ONE_DEVICE,
    "nested": "nested tensors are not part of gradcli; use torch.nn.utils.rnn.pad_sequence and a mask",
    "nn.intrinsic": _QUANTIZED,
    "nn.qat": _QUANTIZED,
    "nn.quantizable": _QUANTIZED,
    "nn.quantized": _QUANTIZED,
    "onnx": _NOT_TRACED,
    "package": "it is not part of gradcli; torch.save keeps tensors and state dicts",
    "quantization": _QUANTIZED,
    "quasirandom": "Sobol's numbers are not part of gradcli; scipy.stats.qmc.Sobol gives them",
    "utils.cpp_extension": "nothing is compiled here; torch.autograd.Function takes derivatives of one's own",
    "utils.data.datapipes": "data pipes are not part of gradcli; use IterableDataset",
    "utils.flop_counter": "it is not part of gradcli",
    "utils.mobile_optimizer": "it is not part of gradcli",
    "utils.tensorboard": "it is not part of gradcli; the package tensorboardX writes the same files",
}
_BEGINNINGS = {  # of names of `torch`
    "bits": _NO_NUMBERS,
    "chalf": _NO_NUMBERS,
    "choose_qparams": _QUANTIZED,
    "complex32": _NO_NUMBERS,
    "cudnn_": _ONE_DEVICE,
    "dequantize": _QUANTIZED,
    "fake_quantize": _QUANTIZED,
    "fbgemm_": _QUANTIZED,
    "float4_": _NO_NUMBERS,
    "float8_": _NO_NUMBERS,
    "int_repr": _QUANTIZED,
    "miopen_": _ONE_DEVICE,
    "per_channel": _QUANTIZED,
    "per_tensor": _QUANTIZED,
    "q_": _QUANTIZED,
    "qint": _QUANTIZED,
    "qscheme": _QUANTIZED,
    "quantize": _QUANTIZED,
    "quint": _QUANTIZED,
    "sparse_": "the layouts of sparse tensors are torch.sparse_coo and torch.sparse_csr",
    "uint1": "use torch.int32, which holds them",
    "uint3": "use torch.int64, which holds them",
    "uint6": "use torch.int64",
}
_OTHERS = {  # names of any module
    **dict.fromkeys(("DFIterDataPipe", "IterDataPipe", "MapDataPipe"), MODULES["utils.data.datapipes"]),
    **dict.fromkeys(("Event", "Stream"), _ONE_DEVICE),
    "cond": "Python's own if is differentiated as it runs",
    "while_loop": "Python's own loops are differentiated as they run",
}


def reason(module: str, name: str) -> str | None:
    """Why a module of that name ("torch", "torch.utils") has no such part, or None where nobody left it out on purpose."""
    path = f"{module.partition('.')[2]}.{name}".lstrip(".")
    kind = next((why for word, why in _BEGINNINGS.items() if name.startswith(word)), None)
    return MODULES.get(path) or _OTHERS.get(name) or kind


def reason_for_import(path: str) -> str | None:
    """Why there is no module of a path ("torch.ao.quantization")."""
    parts = path.split(".")[1:]
    return next((MODULES[found] for end in range(len(parts), 0, -1) if (found := ".".join(parts[:end])) in MODULES), None)
