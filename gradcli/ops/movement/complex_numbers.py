"""Complex numbers: made of real ones, and taken apart.

Their rules are in PyTorch's convention, in which the cotangent of z = x + iy is dL/dx + i dL/dy; see graph.complex_rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.graph import conjugates
from gradcli.graph.half_precision import is_half
from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor, array_dtype
from gradcli.ops.core.arrays import Array, Operand
from gradcli.ops.core.builders import SAME, ZERO, composite, general, linear, query
from gradcli.ops.core.domains import POSITIVE, REAL, Domain, Kink
from gradcli.ops.core.dtypes import complex_dtype, not_implemented, promote_to_float, real_dtype, scalar_name, unpromoted
from gradcli.ops.core.table import family
from gradcli.ops.elementwise.arithmetic import conj, sgn, where_nonzero
from gradcli.ops.elementwise.exponential import exp
from gradcli.ops.movement.as_strided import offset_of
from gradcli.ops.movement.indexing import select
from gradcli.ops.movement.shapes import clone
from gradcli.ops.movement.transposing import transpose

family("complex numbers")


def _is_complex(x: Operand) -> bool:
    return bool(array_dtype(x).kind == "c")


# --- parts ----------------------------------------------------------------------------------------------------------


def _view_as_real(x: Array, /) -> Any:
    if x.dtype.kind != "c":
        raise Problem("dtype", "view_as_real is only supported for complex tensors")
    if type(x) is not np.ndarray:  # a batch of them, or a stand-in
        return np.stack([x.real, x.imag], -1)
    return x[..., None].view(real_dtype(x.dtype))


view_as_real = linear(
    "view_as_real",
    _view_as_real,
    lambda g: _paired(g),
    shares=True,
    method=False,
    grad_fn="ViewAsRealBackward0",
    doc="Real and imaginary parts along a new last dimension.",
    samples=("view_as_real(x.to(complex128) * (1 + 2j))",),
)


def _view_as_complex(x: Array, /) -> Any:
    if x.dtype.kind != "f":
        raise Problem("dtype", "view_as_complex is only supported for half, float and double tensors, "
                      f"but got a tensor of scalar type: {scalar_name(x.dtype)}")  # fmt: skip
    if not x.ndim:
        raise Problem("shape", "Input tensor must have one or more dimensions")
    if x.shape[-1] != 2:
        raise Problem("shape", "Tensor must have a last dimension of size 2")
    if type(x) is not np.ndarray:
        return x[..., 0] + 1j * x[..., 1]
    dtype = complex_dtype(x.dtype)
    if real_dtype(dtype) != x.dtype:  # NumPy has no complex numbers of 32 bits
        return np.ascontiguousarray(x, real_dtype(dtype)).view(dtype)[..., 0]
    if x.size:
        _check_pairs(x)
    return x.view(dtype)[..., 0]


def _check_pairs(x: Array) -> None:
    """Refuse an array in whose memory the pairs along the last dimension do not lie as complex numbers do.  Raises Problem."""
    if x.strides[-1] != x.itemsize:
        raise Problem("shape", "Tensor must have a last dimension with stride 1")
    if any([step % (2 * x.itemsize) for step, length in zip(x.strides[:-1], x.shape) if length > 1]):
        raise Problem("shape", "Tensor must have a stride divisible by 2 for all but last dimension")
    if offset_of(x) % 2:
        raise Problem("shape", "Tensor must have a storage_offset divisible by 2")


def _paired(x: Operand) -> Any:
    """Pairs of numbers as complex ones, of a cotangent or a tangent, which may lie otherwise in memory."""
    try:
        return view_as_complex(x)
    except Problem:
        return view_as_complex(clone(x) if isinstance(x, Tensor) else np.ascontiguousarray(x))


view_as_complex: Operation = general(
    "view_as_complex",
    _view_as_complex,
    lambda g: view_as_real(g),
    lambda t: _paired(t),
    shares=True,
    method=False,
    complex=SAME,
    grad_fn="ViewAsComplexBackward0",
    doc="Pairs of numbers along the last dimension as complex numbers.",
    samples=("x:3,2 view_as_complex(x)",),
)


def real(x: Operand) -> Any:
    """The real part; what is real stays itself."""
    if not _is_complex(x):
        return x
    return select(view_as_real(x), x.ndim, 0) if isinstance(x, Tensor) else x.real


def imag(x: Operand) -> Any:
    """The imaginary part.  Raises Problem of what is real."""
    if not _is_complex(x):
        raise Problem("dtype", "imag is not implemented for tensors with non-complex dtypes.", hint="its imaginary part is 0")
    return select(view_as_real(x), x.ndim, 1) if isinstance(x, Tensor) else x.imag


composite("real", lambda x, /: real(x), attribute=True, method=False, doc="The real part.", samples=("real(x)", "x.real"))
composite(
    "imag",
    lambda x, /: imag(x),
    attribute=True,
    method=False,
    doc="The imaginary part.",
    samples=("imag(x.to(complex128) * (1 + 2j))", "(x.to(complex128) * 1j).imag"),
)

# --- made of real numbers -------------------------------------------------------------------------------------------


def _need_one_dtype(name: str, x: Array, y: Array) -> None:
    for each in (x, y):
        if each.dtype.kind != "f":
            raise Problem(
                "dtype",
                f"Expected both inputs to be Half, Float or Double tensors but got {scalar_name(x.dtype)} and "
                f"{scalar_name(y.dtype)}",
                hint=f"{name} is made of two real tensors",
            )
    if x.dtype != y.dtype:
        raise Problem(
            "dtype",
            f"Expected object of scalar type {scalar_name(x.dtype)} but got scalar type {scalar_name(y.dtype)} "
            "for second argument",
            hint="convert one of them, as in x.double()",
        )


def _complex(x: Array, y: Array, /) -> Any:
    _need_one_dtype("complex", x, y)
    out = np.empty(np.broadcast_shapes(x.shape, y.shape), complex_dtype(x.dtype))
    out.real, out.imag = x, y
    return out


complex = general(
    "complex",
    _complex,
    (lambda g, x: real(g), lambda g, y: imag(g)),  # which are named, for PyTorch saves them
    (lambda t: t, lambda t: t * 1j),
    casting=unpromoted,
    method=False,
    complex=SAME,
    grad_fn="ComplexBackward0",
    doc="x + i y.",
    samples=("complex(x, y)", "x:2,1 y:3 complex(x, y)"),
)


def _polar(x: Array, y: Array, /) -> Any:
    _need_one_dtype("polar", x, y)
    if is_half(x.dtype):
        raise not_implemented("polar_cpu", x.dtype)
    return _complex(*np.broadcast_arrays(x * np.cos(y), x * np.sin(y)))


polar = general(
    "polar",
    _polar,
    (lambda g, y: real(g * exp(-1j * y)), lambda g, out: real(g * conj(out * 1j))),
    (lambda t, y: t * exp(1j * y), lambda t, out: t * (out * 1j)),
    casting=unpromoted,
    method=False,
    complex=SAME,
    grad_fn="PolarBackward0",
    domain=(Domain(REAL.text, POSITIVE.low, POSITIVE.high), REAL),
    doc="The complex number of absolute value x and angle y.",
    samples=("polar(x, y)",),
)

# --- angles ---------------------------------------------------------------------------------------------------------


def _angle(x: Array, /) -> Any:
    if x.dtype.kind == "c":
        return np.angle(x)
    return np.where(x != x, x, np.where(x < 0, x.dtype.type(np.pi), x.dtype.type(0)))


def _turned(x: Operand) -> Any:
    """i x / abs(x)**2: how the angle changes, as a cotangent."""
    return where_nonzero(x, sgn(x) * 1j)


_flat = lambda g, x: ZERO(g)  # noqa: E731  (x is named, for PyTorch saves it)
general(
    "angle",
    _angle,
    _flat,
    _flat,
    complex={"vjps": (lambda g, x: g * _turned(x),), "jvps": (lambda t, x: t * conj(_turned(x)),)},
    casting=promote_to_float,
    grad_fn="AngleBackward0",
    kinks=(Kink("0 at 0", lambda x: x == 0),),
    doc="The angle of a complex number, in (-pi, pi]; of a real one 0, or pi where it is negative.",
    samples=("angle(x)", "angle(x.to(complex128) + 2j)"),
)

# --- conjugates -----------------------------------------------------------------------------------------------------

_physical = linear(
    "conj_physical",
    np.conjugate,
    lambda g: conj(g),
    overload="complex",
    function=False,
    method=False,
    grad_fn="ConjPhysicalBackward0",
    doc="The complex conjugate, in memory of its own.",
)


def conj_physical(x: Operand) -> Any:
    """conj, under the name that PyTorch gives it where it is computed at once."""
    return _physical(x) if _is_complex(x) else x


composite(
    "conj_physical",
    lambda x, /: conj_physical(x),
    in_place=True,
    doc="The complex conjugate, in memory of its own.",
    samples=("conj_physical(x)",),
)
composite(
    "resolve_conj",
    lambda x, /: clone(x) if conjugates.is_conj(x.ndarray) else x,
    doc="A copy of conjugates, without the conjugate bit; x itself if that is not set.",
    samples=("resolve_conj(x)",),
)
composite(
    "resolve_neg",
    lambda x, /: clone(x) if conjugates.is_neg(x.ndarray) else x,
    doc="A copy of negatives, without the negative bit; x itself if that is not set.",
    samples=("resolve_neg(x)",),
)


def _conjugate_transpose(called: str, most: int | None) -> Any:
    def forward(x: Operand, /) -> Any:
        if x.ndim == 1 or (most is not None and x.ndim > most):
            kind = "matrices (2-D tensors)" if most is not None else "matrices or batches of matrices"
            words = f"tensor.{called} is only supported on {kind}. Got {x.ndim}-D tensor."
            raise Problem("dimension", words, hint="use x.mH for batches of matrices")
        return conjugates.marked(conj(transpose(x, -2, -1) if x.ndim else x), x)

    return forward


composite(
    "adjoint",
    _conjugate_transpose("adjoint()", None),
    doc="Matrices transposed and conjugated.",
    samples=("adjoint(x)", "x:2,2,3 x.adjoint()"),
)
for _name, _most in (("H", 2), ("mH", None)):
    composite(
        _name,
        _conjugate_transpose(_name, _most),
        attribute=True,
        function=False,
        method=False,
        namespace="Tensor",
        doc="A matrix transposed and conjugated." if _most else "Matrices transposed and conjugated.",
        samples=(f"x.{_name}",),
    )
query("is_complex", lambda x, /: _is_complex(x), doc="Whether the elements are complex numbers.", samples=("is_complex(x)",))
query(
    "is_conj",
    lambda x, /: conjugates.is_conj(x.ndarray),
    doc="Whether the elements are conjugates that PyTorch would compute later.",
    samples=("is_conj(x)",),
)
query(
    "is_neg",
    lambda x, /: conjugates.is_neg(x.ndarray),
    doc="Whether the elements are negatives that PyTorch would compute later.",
    samples=("is_neg(x)",),
)
