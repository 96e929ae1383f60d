"""What PyTorch's functions of the graph say that they have saved, where our rows keep it under other names or not at all.

A line holds the names of functions (without "Backward") and, behind a colon, the names of what they have saved.  Behind
`name=` stands where that is found: an operand, a result or a parameter by our name, and numbers that lead into it (`how.0`;
`*` is for each of its members); what can be told of an operand (`self_sym_sizes`); or a constant.  A name alone is found under
itself.  Functions without a line keep what the rules of their rows name.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from gradcli.graph.operation import Operation
from gradcli.graph.saved_values import keeps, theirs
from gradcli.graph.tensor import from_array

_LINES = """
Add0 Sub0: alpha=alpha|1
Addcdiv0 Addcmul0: tensor1=other tensor2=w value
Addbmm0: alpha batch1 batch1_sym_argsize_0 batch1_sym_argsize_1 batch2 batch2_sym_argsize_2 beta
Addmm0: alpha beta mat1 mat1_sym_sizes mat1_sym_strides mat2 mat2_sym_sizes mat2_sym_strides
Mm0: mat2 mat2_sym_sizes mat2_sym_strides self self_sym_sizes self_sym_strides
Vdot0: other=tensor self
Gather0: dim index self sparse_grad=False
Take0: index self
MaskedSelect0: mask self
Mul1 Div1: other=number
Fmod0 Remainder0:
ClampMin0: min=bound self
ClampMin1: min=bound self
ClampMax0: max=bound self
ClampMax1: max=bound self
Lerp1: end=other self weight
Complex0: imag=other real=self
Polar0: result
Celu0: alpha self
Mean0: self_sym_numel self_sym_sizes
Mean1: dim keepdim self_sym_numel self_sym_sizes
Renorm0: dim=axis maxnorm p self
Norm1: dim keepdim p=ord result self
Stack0 Cat0 Unsqueeze0 Unsqueeze1 Unsqueeze0_copy: dim
Expand0 Expand0_copy: self_sym_sizes
Squeeze1 Squeeze2 Squeeze4 Squeeze1_copy Squeeze2_copy: dim self_sym_sizes
Slice0: dim end=stop self_sym_sizes start step
Split0: dim self_sym_sizes split_size=sizes.0
SplitWithSizes0: dim self_sym_sizes split_sizes=sizes
Unbind0: dim
Diagonal0_copy: dim1=dim1|0 dim2=dim2|1 offset self_sym_sizes
AsStrided0 AsStrided0_copy: size=place.0 storage_offset=place.2 stride=place.1
Index0: indices=key self_sym_sizes
IndexPut0: accumulate indices=key
Scatter0 ScatterAdd0: dim index
ScatterReduce0: dim include_self index reduce result self src=other
IndexAdd0: alpha dim index
IndexCopy0: dim index
IndexReduce0: dim include_self index reduce result self source=other
ChannelShuffle0: groups
PixelShuffle0: upscale_factor=factor
PixelUnshuffle0: downscale_factor=factor
LinalgMatrixExp0: self=A
LinalgPinv0: result self=A
CholeskyInverse0: result self=L upper
LinalgQr0: Q R mode
LinalgLuSolve0: B LU adjoint=adjoined left pivots result
CholeskySolve0: input2=L result self=B upper
LinalgInvEx0: inverse=result
LinalgCholeskyEx0: L=result upper
LinalgEig0: eigenvalues eigenvectors
LinalgDet0: A result
LinalgEigh0: eigenvalues eigenvectors
LinalgSvd0: S U Vh full_matrices
LinalgSolveTriangular0: left result self=A unitriangular upper
NativeLayerNorm0: bias input=self normalized_shape=weight_sym_sizes weight
NativeBatchNorm0: eps input=self weight
NativeGroupNorm0: eps group=groups input=self weight
FftC2C0: dim=dims forward
FftR2C0: dim=dims onesided self
FftC2R0: dim=dims
NllLoss0 NllLoss2D0: ignore_index reduction self target weight
Convolution0: bias_sym_sizes_opt=bias_sym_sizes dilation=how.2 groups=how.3 input=self padding=how.1 stride=how.0 \
transposed=False weight
Convolution0@conv_transpose: \
bias_sym_sizes_opt=bias_sym_sizes dilation=how.2 groups=how.3 input=self padding=how.1 stride=how.0 transposed=True weight
Im2Col0: dilation=layout.3 kernel_size=layout.0 padding=layout.2 self_sym_argsize_minus_1 self_sym_argsize_minus_2 \
stride=layout.1
Col2Im0: dilation=layout.3 kernel_size=layout.0 padding=layout.2 stride=layout.1
MaxPool2DWithIndices0: ceil_mode=how.4 dilation=how.3 kernel_size=how.0 padding=how.2 result1=indices self stride=how.1
MaxPool3DWithIndices0 AdaptiveMaxPool2D0 AdaptiveMaxPool3D0: result1=indices self
AvgPool2D0 AvgPool3D0: ceil_mode=how.4 count_include_pad=divisor divisor_override=divisor \
kernel_size=how.0 padding=how.2 self stride=how.1
AdaptiveAvgPool2D0 AdaptiveAvgPool3D0: self
UpsampleNearest1D0 UpsampleNearestExact1D0: output_size=readings.*.1 scales=readings.0.3 self_sym_sizes
UpsampleLinear1D0: align_corners=readings.0.2 output_size=readings.*.1 scales=readings.0.3 self_sym_sizes
UpsampleNearest2D0 UpsampleNearestExact2D0: output_size=readings.*.1 scales_h=readings.0.3 scales_w=readings.1.3 self_sym_sizes
UpsampleBilinear2D0 UpsampleBilinear2DAa0 UpsampleBicubic2D0 UpsampleBicubic2DAa0 UpsampleLanczos2DAa0: \
align_corners=readings.0.2 output_size=readings.*.1 scales_h=readings.0.3 scales_w=readings.1.3 self_sym_sizes
UpsampleNearest3D0 UpsampleNearestExact3D0: \
output_size=readings.*.1 scales_d=readings.0.3 scales_h=readings.1.3 scales_w=readings.2.3 self_sym_sizes
UpsampleTrilinear3D0: align_corners=readings.0.2 output_size=readings.*.1 scales_d=readings.0.3 scales_h=readings.1.3 \
scales_w=readings.2.3 self_sym_sizes
ReflectionPad1D0 ReflectionPad2D0 ReflectionPad3D0 ReplicationPad1D0 ReplicationPad2D0 ReplicationPad3D0: padding=pad self
GridSampler2D0 GridSampler3D0: align_corners=aligned grid input=self interpolation_mode=mode padding_mode=padding
AffineGridGenerator0: align_corners=aligned size
Embedding0: indices=index padding_idx scale_grad_by_freq=by_use sparse weight_sym_argsize_0
CtcLoss0: blank input_lengths=times log_probs=self target_lengths=lengths targets zero_infinity=forgiving
Normal1: mean_sym_sizes
Normal2: std_sym_sizes
Normal3: mean_sym_sizes std_sym_sizes
"""
OF_OPERAND = re.compile(r"(\w+)_sym_(sizes|strides|numel|argsize_(minus_)?(\d))")
# Names of whole numbers that PyTorch shows as if they had no sign.
_UNSIGNED = frozenset({
    "diagonal", "dim", "dim0", "dim1", "dim2", "dims", "end", "ignore_index", "index", "k", "offset", "pad", "padding",
    "padding_idx", "shifts", "start",
})  # fmt: skip
_MANY = frozenset({"dims", "shifts"})  # names of several, where one may have been given
_TENSORS = frozenset({"indices", "pos_weight", "target", "weight"})  # names of tensors, which may be parameters of ours
_CODES = {
    "interpolation_mode": ("bilinear", "nearest", "bicubic"),
    "padding_mode": ("zeros", "border", "reflection"),
    "reduction": ("none", "mean", "sum"),
}
_CONSTANTS = frozenset({"0", "1", "False", "True"})
_FOR_NONE = {"bias_sym_sizes_opt": (0,), "end": (1 << 63) - 1, "start": 0, "step": 1}


@cache
def names(operation: Operation) -> dict[str, str]:
    """PyTorch's name of everything that functions of an operation have saved, and where it is found."""
    known = _stated()
    stated = known.get(f"{operation.grad_fn}@{operation.name}", known.get(operation.grad_fn or ""))
    if stated is None:
        return {name: name for name in keeps(operation)}
    return {name: source for name, each in stated.items() if (source := _source(operation, each)) is not None}


def _source(operation: Operation, sources: str) -> str | None:
    """The first of some sources (`A|B`) that functions of an operation have, or None."""
    statics = [theirs(operation, parameter.name) for parameter in operation.statics]
    operands, kept = [theirs(operation, name) for name in operation.operands], keeps(operation)
    for source in sources.split("|"):
        told = OF_OPERAND.fullmatch(source)
        head = source.split(".")[0]
        if head in statics or head in kept or (told and told[1] in operands) or head in _CONSTANTS:
            return source
    return None


@cache
def _stated() -> dict[str, dict[str, str]]:
    found = {}
    for line in _LINES.strip().split("\n"):
        functions, _, saved = line.partition(":")
        pairs = [name.partition("=") for name in saved.split()]
        for function in functions.split():
            found[re.sub(r"(?=\d(_copy)?(@\w+)?$)", "Backward", function)] = {name: source or name for name, _, source in pairs}
    return found


def tensors(operation: Operation) -> list[str]:
    """Those of the names that are of tensors."""
    slots = tensor_slots(operation)
    return [name for name, source in names(operation).items() if source in slots or name in _TENSORS]


def tensor_slots(operation: Operation) -> tuple[str, ...]:
    """Our names of the results and operands of an operation."""
    return tuple([theirs(operation, name) for name in (*operation.outputs, *operation.operands)])


def shown(name: str, value: Any) -> Any:
    """A parameter, or part of one, as PyTorch shows what it keeps under a name."""
    if name in _FOR_NONE and (value is None or value == ()):
        return _FOR_NONE[name]
    if name in _CODES and isinstance(value, str):
        return _CODES[name].index(value)
    if name == "indices" and isinstance(value, tuple):
        return tuple([from_array(each) if isinstance(each, np.ndarray) else None for each in value])
    if name in ("count_include_pad", "divisor_override"):  # which are one parameter here
        return value if isinstance(value, bool) == (name == "count_include_pad") else _OF_POOLS[name]
    if name in _MANY and type(value) is int:
        value = (value,)
    if name in _UNSIGNED:
        return _unsigned(value)
    if isinstance(value, tuple) and type(value) is not tuple:
        return tuple(value)
    return from_array(value) if isinstance(value, np.ndarray) else value


_OF_POOLS = {"count_include_pad": True, "divisor_override": None}


def _unsigned(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_unsigned(each) for each in value])
    return value % (1 << 64) if type(value) is int else value
