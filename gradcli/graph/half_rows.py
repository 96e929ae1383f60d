"""Operations on floats of 16 bits, and their rules: where each of them rounds.

over_half(row, dtype)  an operation on operands of such a dtype
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache, partial
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from gradcli.graph.context import changed, settings
from gradcli.graph.half_precision import in_dtype, is_half
from gradcli.graph.operation import Operation, Rule, rule_parameters
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tensor import from_array
from gradcli.graph.types import Array, Cotangent, Operand

DType = np.dtype[Any]

_SINGLE = np.dtype(np.float32)
_COARSE = frozenset({"add", "fmod", "remainder", "rsub", "sub"})  # PyTorch rounds the numbers that they take, too
_OF_OWN_DTYPE = frozenset({("changes", "Tensor"), ("random", "torch")})  # rows that make values of a tensor's own dtype
_STEP_BY_STEP = frozenset({"grid_sampler_2d", "grid_sampler_3d"})  # which PyTorch rounds after each step
_BLOCK = 32  # numbers that PyTorch's vector loops take at a time


class Rounding:
    """Rounds float32 to a dtype of 16 bits, and gives float32 again."""

    def __init__(self, dtype: DType) -> None:
        self.dtype = dtype

    def __call__(self, x: Operand) -> Any:
        return in_dtype(x, self.dtype).astype(_SINGLE)


class HalfSteps(NamedTuple):
    """How a row computes with operands of 16 bits where PyTorch rounds more than once.

    forward  takes a `Rounding`, then what the row's own takes, as float32
    vjps     the same of the rules, for bare arrays; None for a rule that rounds once
    stepwise  whether the row's own rules round after each of their operations, as those of rows of single entries do
    """

    forward: Callable[..., Any] | None = None
    vjps: tuple[Callable[..., Any] | None, ...] = ()
    stepwise: bool = False


@cache
def over_half(operation: Operation, dtype: DType) -> Operation:
    """The operation on operands of 16 bits, which become float32, as its results become those of 16 bits."""
    if operation.shares or operation.composite or (operation.family, operation.namespace) in _OF_OWN_DTYPE:
        return operation
    if dtype.char == "e" and operation.name in _STEP_BY_STEP:
        return operation
    row = copy(operation)
    forward = _scaled_sum(operation.forward, dtype) if operation.overload == "alpha" else operation.forward
    row.forward = _rounding(forward, dtype, coarse=operation.name in _COARSE)
    in_steps = (operation.pointwise and operation.namespace != "F") or (operation.half is not None and operation.half.stepwise)
    row.vjps = tuple([rule and _in_one_kernel_or_steps(rule, in_steps) for rule in operation.vjps])
    if operation.half is not None:
        _take_steps(row, operation.half, Rounding(dtype))
    row.jvps = tuple([rule and _widening(rule) for rule in operation.jvps])
    return row


def _take_steps(row: Operation, steps: HalfSteps, r: Rounding) -> None:
    """Let a row round where its steps say."""
    if steps.forward is not None:
        row.forward = _rounding(partial(steps.forward, r), r.dtype, coarse=False)
    row.vjps = tuple([_stepping(rule, step, r) if step else rule for rule, step in zip_longest(row.vjps, steps.vjps)])


def _stepping(rule: Rule | None, step: Callable[..., Any], r: Rounding) -> Rule:
    """A rule that takes such a step where its values are bare arrays."""

    def call(g: Cotangent, *values: Operand) -> Any:
        if not isinstance(g, np.ndarray):
            return rule(g, *values)  # type: ignore[misc]
        return step(r, _wide(g), *[_wide(each) for each in values])

    call.named = rule_parameters(rule)  # type: ignore[attr-defined, arg-type]
    return call


def _rounding(forward: Callable[..., Any], dtype: DType, coarse: bool) -> Callable[..., Any]:
    asked = False  # whether it takes the dtype at all, which it need not be asked twice

    def call(*args: object) -> Any:
        nonlocal asked
        if coarse:
            args = tuple([_rounded_number(each, dtype) for each in args])
        if any([_is_other(each, dtype) for each in args]):  # to be refused, or taken as it is
            return _narrow(forward(*args), dtype)
        if not asked:
            _refuse_as_it_does(forward, args)
            asked = True
        out = forward(*[_wide(each) for each in args])
        wanted = next((each for each in args if isinstance(each, np.dtype)), dtype)
        if type(out) is tuple:
            return tuple([_narrow(each, wanted) for each in out])
        return _narrow(out, wanted)

    return call


def _scaled_sum(forward: Callable[..., Any], dtype: DType) -> Callable[..., Any]:
    """x + alpha * y, rounded as by PyTorch: once in its vector loops; what is left over by them rounds alpha * y, too."""

    def call(x: Array, y: Array, alpha: Any) -> Any:
        out = np.asarray(forward(x, y, alpha))
        if out.dtype != _SINGLE:
            return out
        in_blocks = all([each.flags.c_contiguous and each.shape in ((), out.shape) for each in (x, y)])
        start = out.size - out.size % _BLOCK if in_blocks else 0
        product = in_dtype(y * np.float32(alpha), dtype).astype(_SINGLE)
        out.reshape(-1)[start:] = np.asarray(forward(x, product, 1)).reshape(-1)[start:]
        return out

    return call


def _in_one_kernel_or_steps(rule: Rule, in_steps: bool) -> Rule:
    """A rule rounds once where PyTorch has a kernel for it (`in_one_node` wraps those), else after each of its operations."""
    return _stepwise(rule) if in_steps and not hasattr(rule, "__wrapped__") else _widening(rule)


def _stepwise(rule: Rule) -> Rule:
    """A rule that computes with tensors of 16 bits, and so rounds after each operation."""

    def call(g: Cotangent, *values: Operand) -> Any:
        if not isinstance(g, np.ndarray):
            return rule(g, *values)
        with changed(recording=False, observer=None):
            out = rule(from_array(g), *[from_array(each) if isinstance(each, np.ndarray) else each for each in values])
        return out.ndarray if hasattr(out, "ndarray") else out

    call.named = rule_parameters(rule)  # type: ignore[attr-defined]
    return call


def _widening(rule: Rule) -> Rule:
    """A rule that takes arrays of 16 bits as float32; the sweep rounds what it gives.  Tensors are operands of operations."""

    def call(g: Cotangent, *values: Operand) -> Any:
        return rule(_wide(g), *[_wide(each) for each in values])

    call.named = rule_parameters(rule)  # type: ignore[attr-defined]
    return call


def _refuse_as_it_does(forward: Callable[..., Any], args: tuple[object, ...]) -> None:
    """Let an operation that has no kernel for 16 bits say so: it looks at its operands' dtype.  Raises Problem.

    No number is drawn for it from the generator of all.
    """
    own = settings()
    kept, own.generator = own.generator, None
    try:
        with np.errstate(all="ignore"):
            forward(*args)
    except (TypeError, ValueError):  # NumPy's own: the operation asks for more digits by itself
        pass
    finally:
        own.generator = kept


def _rounded_number(value: object, dtype: DType) -> Any:
    if isinstance(value, float):
        return float(in_dtype(value, dtype))
    single = isinstance(value, np.ndarray) and not value.ndim and value.dtype == _SINGLE
    return in_dtype(value, dtype) if single else value


def _is_other(value: object, dtype: DType) -> bool:
    """Whether a value is an array (and no number) of floats of another dtype."""
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.dtype.kind == "f" and value.dtype != dtype


def _wide(value: Any) -> Any:
    if isinstance(value, np.dtype):  # of the result, which is rounded at the end
        return _SINGLE if is_half(value) else value
    if isinstance(value, np.ndarray):
        return value.astype(_SINGLE) if is_half(value.dtype) else value
    if type(value) is list:
        return [_wide(each) for each in value]
    return value.mapped(_wide) if hasattr(type(value), "mapped") else value


def _narrow(out: Operand, dtype: DType) -> Any:
    array = np.asarray(out) if isinstance(out, (np.ndarray, np.generic)) and not isinstance(out, Unstrided) else out
    return in_dtype(array, dtype) if getattr(array, "dtype", None) == _SINGLE and is_half(dtype) else out
