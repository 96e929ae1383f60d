"""`torch.autograd.gradcheck`: the derivative that autograd gives beside the one that small steps give.

Central differences and tolerances are PyTorch's own (eps 1e-6, atol 1e-5, rtol 1e-3), and so is what a mismatch prints.
As there, kinks are not minded: relu at 0 fails.  `gradcli check` knows better.
A complex number counts as two real ones, its parts: a step along each, and a weight (1, and i) for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcli.engine.real_parts import real_view, units
from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.creation import factories
from gradcli.torch import autograd
from gradcli.torch._boundary import guarded
from gradcli.torch._warnings import warn
from gradcli.torch.autograd import forward_ad

_SINGLE = (
    "Input #{} requires gradient and is not a double precision floating point or complex. This check will likely fail if all "
    "the inputs are not of double precision floating point or complex. "
)
_NOTES = 'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'


class GradcheckError(RuntimeError):
    """The two derivatives differ."""

    __module__ = "torch.autograd.gradcheck"


@guarded
def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """True where the derivatives of `func` at `inputs` agree; else raises GradcheckError, or gives False.

    All outputs that require grad are compared with respect to all inputs that do.  Raises ValueError or RuntimeError for
    inputs that cannot be checked.
    """
    given = _as_tuple(inputs)
    targets = _targets(given)
    try:
        if check_backward_ad:
            _compare(func, given, targets, eps, atol, rtol, nondet_tol)
        if check_forward_ad:
            _compare_forward(func, given, targets, eps, atol, rtol)
        if check_backward_ad:
            _check_zeros(func, given, targets)
        if check_backward_ad and check_undefined_grad:
            _check_undefined(func, given, targets)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


@guarded
def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, **options: Any) -> bool:
    """The same for the gradients of `func`, as functions of its inputs and of the weights of its outputs."""
    given = _as_tuple(inputs)
    if grad_outputs is None:
        weights = tuple([from_array(_weight(out.array), True) for out in _outputs(func, given)])
    else:
        weights = _as_tuple(grad_outputs)

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        values = args[: len(args) - len(weights)]
        starts = [x for x in values if isinstance(x, Tensor) and x.requires_grad]
        found = autograd.grad(_outputs(func, values), starts, args[len(values) :], create_graph=True, allow_unused=True)
        return tuple([each for each in found if each is not None])

    return gradcheck(gradients, given + weights, **options)


def _weight(out: Any) -> Any:
    """A random weight of an output."""
    made = np.empty(out.shape, out.dtype)
    parts = _parts(made)
    parts[...] = factories.generator().uniform(parts.shape, parts.dtype, -1.0, 1.0)
    return made


def _parts(array: Any) -> Any:
    """All real numbers of an array in one line."""
    return real_view(array).reshape(-1)


def _compare(
    func: Callable[..., Any],
    given: tuple[Any, ...],
    targets: list[int],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
) -> None:
    outputs = _outputs(func, given)
    if not outputs:
        for target in targets:
            if any([block.array.any() for block in _numerical(lambda: _floats(func(*given)), given[target], eps)]):
                raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    numerical = [_numerical(lambda: _outputs(func, given), given[target], eps) for target in targets]
    for place, out in enumerate(outputs):
        analytical = _analytical(out, [given[target] for target in targets])
        again = _analytical(out, [given[target] for target in targets])
        if not all([np.allclose(one.array, two.array, 0, nondet_tol, equal_nan=True) for one, two in zip(analytical, again)]):
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
                "different values, although analytical gradient matches numerical gradient."
                f"The tolerance for nondeterminism was {nondet_tol}."
            )
        for target, step, slope in zip(targets, numerical, analytical):
            if not np.allclose(slope.array, step[place].array, rtol, atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {place} with respect to input "
                    f"{target},\nnumerical:{step[place]}\nanalytical:{slope}\n"
                )


def _check_zeros(func: Callable[..., Any], given: tuple[Any, ...], targets: list[int]) -> None:
    """Zeros must come of cotangents that are zeros, or the backward does not multiply by them."""
    for out in _outputs(func, given):
        zeros = from_array(np.zeros(out.shape, out.array.dtype))
        found = autograd.grad(out, [given[target] for target in targets], zeros, allow_unused=True)
        if any([g is not None and g.array.any() for g in found]):
            raise GradcheckError("backward not multiplied by grad_output")


def _check_undefined(func: Callable[..., Any], given: tuple[Any, ...], targets: list[int]) -> None:
    """The backward must take outputs to which no gradient comes: all of them, and each alone."""

    class Undefined(autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> None:
            return None

    count = len(_outputs(func, given))
    for alone in (None, *(range(count) if count > 1 else ())):
        outputs = [Undefined.apply(x) if alone in (None, place) else x for place, x in enumerate(_outputs(func, given))]
        zeros = [from_array(np.zeros(out.shape, out.array.dtype)) for out in outputs]
        try:
            found = autograd.grad(outputs, [given[target] for target in targets], zeros, allow_unused=True) if count else ()
        except RuntimeError as error:
            raise GradcheckError(f"Expected backward function to handle undefined output grads. {_NOTES}") from error
        if any([g is not None and g.array.any() for g in found]):
            clause = "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
            raise GradcheckError(f"{clause} {_NOTES}")


def _compare_forward(
    func: Callable[..., Any], given: tuple[Any, ...], targets: list[int], eps: float, atol: float, rtol: float
) -> None:
    """The same in forward mode, by dual tensors."""
    for target in targets:
        numerical = _numerical(lambda: _floats(func(*given)), given[target], eps)
        for place, (step, slope) in enumerate(zip(numerical, _pushed(func, given, target))):
            if not np.allclose(slope.array, step.array, rtol, atol):
                raise GradcheckError(
                    f"Jacobian computed with forward mode mismatch for output {place} with respect to input "
                    f"{target},\nnumerical:{step}\nanalytical:{slope}\n"
                )


def _pushed(func: Callable[..., Any], given: tuple[Any, ...], target: int) -> list[Tensor]:
    """The jacobians (elements of an input, elements of an output) by tangents, one for each output."""
    rows = []
    for tangent in units(given[target].shape, given[target].array.dtype):
        with forward_ad.dual_level():
            moving = forward_ad.make_dual(given[target], from_array(tangent))
            outputs = _floats(func(*[moving if x is given[target] else x for x in given]))
            tangents = [(out, forward_ad.unpack_dual(out).tangent) for out in outputs]
        rows.append([_parts(np.zeros_like(out.array) if t is None else t.array) for out, t in tangents])
    return [from_array(np.stack(columns)) for columns in zip(*rows)]


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _floats(value: Any) -> tuple[Tensor, ...]:
    return tuple([out for out in _as_tuple(value) if isinstance(out, Tensor) and out.array.dtype.kind in "fc"])


def _outputs(func: Callable[..., Any], given: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """The outputs that can be differentiated."""
    return tuple([out for out in _as_tuple(func(*given)) if out.requires_grad])


def _targets(given: tuple[Any, ...]) -> list[int]:
    """The positions of the inputs to differentiate for.  Raises Problem."""
    targets = [place for place, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not targets:
        raise Problem(
            "no-grad",
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
            type="ValueError",
            hint="make it with requires_grad=True",
        )
    for place in targets:
        array = given[place].array
        if array.dtype not in (np.float64, np.complex128):
            warn(_SINGLE.format(place))
        if any([length > 1 and stride == 0 for length, stride in zip(array.shape, array.strides)]):
            raise Problem(
                "argument",
                f"The {place}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck.",
            )
    return targets


def _numerical(call: Callable[[], tuple[Tensor, ...]], x: Tensor, eps: float) -> list[Tensor]:
    """The jacobians (elements of x, elements of an output) by central differences, one for each output.

    x is changed where it lies, one element at a time, since `call` may look at it in more than one way.
    """
    columns = [
        [_difference(low, high, eps) for low, high in zip(*_perturbed(call, x.array, unit * eps))]
        for unit in units(x.shape, x.array.dtype)
    ]
    return [from_array(np.stack([column.array for column in output])) for output in zip(*columns)]


def _perturbed(call: Callable[[], tuple[Tensor, ...]], array: Any, step: Any) -> Iterator[list[Tensor]]:
    """Copies of the outputs below and above."""
    before = array.copy()
    try:
        for value in (before - step, before + step):
            array[...] = value
            yield [from_array(out.array.copy()) for out in call()]
    finally:
        array[...] = before


def _difference(low: Tensor, high: Tensor, eps: float) -> Tensor:
    flat: Tensor = (high - low) / (2 * eps)
    return from_array(_parts(flat.array))


def _analytical(out: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """The jacobians (elements of an input, elements of the output) by backward passes, one for each input."""
    blocks = [np.zeros((_parts(x.array).size, _parts(out.array).size), x.array.real.dtype) for x in inputs]
    for position, weight in enumerate(units(out.shape, out.array.dtype)):
        for block, slope in zip(blocks, autograd.grad(out, inputs, from_array(weight), retain_graph=True, allow_unused=True)):
            if slope is not None:
                block[:, position] = _parts(slope.array)
    return [from_array(block) for block in blocks]
