"""`torch.autograd.gradcheck`: the derivative that autograd gives beside the one that small steps give.

Central differences and tolerances are PyTorch's own (eps 1e-6, atol 1e-5, rtol 1e-3), and so is what a mismatch prints.
As there, kinks are not minded: relu at 0 fails.  `gradcli check` knows better.  `fast_mode` asks PyTorch for random
directions in place of all of them: here all are compared either way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.errors import Problem
from gradcli.graph.symbolic import Unstrided
from gradcli.graph.tensor import Tensor, from_array, is_unstrided
from gradcli.graph.types import Array
from gradcli.ops.creation import factories
from gradcli.torch import autograd
from gradcli.torch._boundary import failure, guarded
from gradcli.torch._warnings import warn
from gradcli.torch.autograd import _jacobians
from gradcli.torch.autograd._functions import UndefinedGrad
from gradcli.torch.autograd._jacobians import as_tuple, parts

_SINGLE = (
    "Input #{} requires gradient and is not a double precision floating point or complex. This check will likely fail if all "
    "the inputs are not of double precision floating point or complex. "
)
_NOTES = 'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
_UNDEFINED = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break existing "
    'callers of this function. If this is true for you, you can call this function with "check_undefined_grad=False" to '
    "disable the feature"
)
_BATCHED = "gradcheck or gradgradcheck failed while testing batched gradient computation."
_BATCHED_FORWARD = "gradcheck failed while testing batched gradient computation with forward-mode AD."
_SPARSE_OUTPUT = (
    "Sparse output is not supported at gradcheck yet. Please call to_dense(masked_grad=...) on the output of fn for gradcheck."
)
_PRIVATE = "`{}` was part of PyTorch's private API and not meant to be exposed. It will be removed in a future version."


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
    inputs that cannot be checked, AssertionError for outputs that change their shape or dtype.
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    for batched, of, name in (
        (check_batched_grad, check_backward_ad, "check_batched_grad=True requires check_backward_ad"),
        (check_batched_forward_grad, check_forward_ad, "check_batched_forward_grad=True requires check_forward_ad"),
    ):
        if batched and not of:
            raise AssertionError(f"Setting {name} to be True")
    check = _Check(func, as_tuple(inputs), eps, atol, rtol, nondet_tol)
    check.masked = bool(masked)
    check.tells_place = not fast_mode
    try:
        check.compare(check_backward_ad, check_forward_ad, check_undefined_grad)
        if check_batched_forward_grad:
            check.batched_forward()
        if check_backward_ad:
            if check_batched_grad:
                check.batched()
            check.zeros()
            if check_undefined_grad:
                check.undefined()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


@guarded
def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, **options: Any) -> bool:
    """The same for the gradients of `func`, as functions of its inputs and of the weights of its outputs.

    check_fwd_over_rev, check_rev_over_rev  whether those are differentiated forwards, and backwards
    """
    given = as_tuple(inputs)
    if grad_outputs is None:
        weights = tuple([from_array(_weight(out.ndarray), True) for out in _differentiable(func(*given))])
    else:
        weights = as_tuple(grad_outputs)
    wanted = [isinstance(x, Tensor) and x.requires_grad for x in given + weights]
    options.pop("gen_non_contig_grad_outputs", None)
    options["check_forward_ad"] = options.pop("check_fwd_over_rev", False)
    options["check_backward_ad"] = options.pop("check_rev_over_rev", True)

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        args = tuple([x.requires_grad_() if wants else x for x, wants in zip(args, wanted)])  # which forward mode took away
        values = args[: len(args) - len(weights)]
        starts = [x for x, wants in zip(values, wanted) if wants]
        outputs = _differentiable(func(*values))
        found = autograd.grad(outputs, starts, args[len(values) :], create_graph=True, allow_unused=True)
        return tuple([each for each in found if each is not None])

    return gradcheck(gradients, given + weights, **options)


def _weight(out: Any) -> Any:
    """A random weight of an output."""
    made = np.empty(out.shape, out.dtype)
    numbers = parts(made)
    numbers[...] = factories.generator().uniform(numbers.shape, numbers.dtype, -1.0, 1.0)
    return made


def _differentiable(value: Any) -> tuple[Tensor, ...]:
    """The outputs that can be differentiated."""
    return tuple([out for out in as_tuple(value) if out.requires_grad])


class _Check:
    """A function at a point, and all that is to be true of its derivatives there.  Methods raise GradcheckError."""

    def __init__(
        self, func: Callable[..., Any], given: tuple[Any, ...], eps: float, atol: float, rtol: float, nondet_tol: float
    ) -> None:
        self.func, self.given, self.eps, self.atol, self.rtol, self.nondet_tol = func, given, eps, atol, rtol, nondet_tol
        self.tells_place = True  # whether errors tell which number was moved
        self.masked = False  # whether what a sparse input has no entry for stays as it is
        self.targets = _targets(given)
        self.inputs = [given[target] for target in self.targets]
        self.all_outputs = as_tuple(func(*given))
        self.outputs = _differentiable(self.all_outputs)
        if any([is_unstrided(out) for out in self.outputs]):
            raise failure("ValueError", _SPARSE_OUTPUT)

    def compare(self, backward: bool, forward: bool, undefined: bool) -> None:
        """The jacobians of backward passes, and of tangents, with those of small steps."""
        steps = [_jacobians.numerical(self._values, x, self.eps, self.tells_place, self.masked) for x in self.inputs]
        if not self.outputs:
            if any([block.any() for blocks in steps for block in blocks]):
                raise GradcheckError("Numerical gradient for function expected to be zero")
            return
        tensors = [out for out in self.all_outputs if isinstance(out, Tensor)]
        steps = [[block for out, block in zip(tensors, blocks) if out.requires_grad] for blocks in steps]
        if backward:
            self._backward(steps)
        if forward:
            self._forward(steps)
            if undefined:
                self._still_inputs()

    def _values(self) -> tuple[Any, ...]:
        return as_tuple(self.func(*self.given))

    def _backward(self, steps: list[list[Array]]) -> None:
        complex_outputs = any([out.ndarray.dtype.kind == "c" for out in self.outputs])
        slopes = [self._settled(out) for out in self.outputs]
        for part in ("imaginary", "real") if complex_outputs else (None,):
            for place, (out, blocks) in enumerate(zip(self.outputs, slopes)):
                split = part if out.ndarray.dtype.kind == "c" else None
                for number, (x, slope) in enumerate(zip(self.inputs, blocks)):
                    pair = [_complex_rows(_half(each.T, split).T, x) for each in (steps[number][place], slope)]
                    self._agree(pair, place, number, "", f"{split} part of complex outputs" if split else "")

    def _settled(self, out: Tensor) -> list[Array]:
        """The jacobians of an output by backward passes, which must be the same a second time."""
        first, second = [_jacobians.backward(out, self.inputs) for _ in range(2)]
        if not all([np.allclose(one, two, 0, self.nondet_tol, equal_nan=True) for one, two in zip(first, second)]):
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
                "different values, although analytical gradient matches numerical gradient."
                f"The tolerance for nondeterminism was {self.nondet_tol}."
            )
        return first

    def _forward(self, steps: list[list[Array]]) -> None:
        slopes = [_jacobians.forward(self.func, self.given, target, self.targets) for target in self.targets]
        complex_inputs = any([x.ndarray.dtype.kind == "c" for x in self.inputs])
        for part in ("imaginary", "real") if complex_inputs else (None,):
            for number, (x, blocks) in enumerate(zip(self.inputs, slopes)):
                split = part if x.ndarray.dtype.kind == "c" else None
                for place, (out, slope) in enumerate(zip(self.outputs, blocks)):
                    pair = [_complex_rows(_half(each, split).T, out).T for each in (steps[number][place], slope)]
                    words = f"{split} part of complex inputs" if split else ""
                    self._agree(pair, place, number, "computed with forward mode ", words)

    def _agree(self, pair: list[Array], place: int, number: int, mode: str, part: str) -> None:
        """What steps give, and what autograd gives, of one output with respect to one input."""
        step, slope = pair
        if not np.allclose(slope, step, self.rtol, self.atol):
            opening = f"While considering the {part} only, " if part else ""
            raise GradcheckError(
                f"{opening}Jacobian {mode}mismatch for output {place} with respect to input {number},\n"
                f"numerical:{from_array(step)}\nanalytical:{from_array(slope)}\n"
            )

    def _still_inputs(self) -> None:
        """An input whose tangent is zeros must do as one that has none, while the others move."""
        tangents = {target: from_array(_weight(self.given[target].ndarray)) for target in self.targets}
        for target in self.targets:
            zeros = from_array(np.zeros_like(self.given[target].ndarray))
            others = {place: each for place, each in tangents.items() if place != target}
            moved = [_jacobians.pushed(self.func, self.given, each) for each in ({**tangents, target: zeros}, others)]
            for place, (one, two) in enumerate(zip(*moved)):
                if not np.allclose(one.ndarray, two.ndarray):
                    raise GradcheckError(
                        f"Mismatch in tangent values for output with index: {place} when input: {self.given[target]} has an "
                        f"undefined tangent value.  Got: {one} but expected: {two}"
                    )

    # --- many at once -----------------------------------------------------------------------------------------------

    def batched(self) -> None:
        """Gradients for a stack of weights must be those for each."""

        def vjp(out: Tensor) -> Callable[[Tensor], tuple[Tensor, ...]]:
            def pulled(weight: Tensor) -> tuple[Tensor, ...]:
                found = autograd.grad(out, self.inputs, weight, retain_graph=True, allow_unused=True)
                zeros = [from_array(np.zeros(x.shape, x.ndarray.dtype)) for x in self.inputs]
                return tuple([zero if g is None else g for g, zero in zip(found, zeros)])

            return pulled

        for place, out in enumerate(self.outputs):
            _check_batch(vjp(out), out, place, _BATCHED)

    def batched_forward(self) -> None:
        """Tangents for a stack of tangents must be those for each."""
        for place, target in enumerate(self.targets):

            def jvp(tangent: Tensor, target: int = target) -> tuple[Tensor, ...]:
                return tuple(_jacobians.pushed(self.func, self.given, {target: tangent}))

            _check_batch(jvp, self.given[target], place, _BATCHED_FORWARD)

    # --- nothing that arrives ---------------------------------------------------------------------------------------

    def zeros(self) -> None:
        """Zeros must come of weights that are zeros, or the backward does not multiply by them."""
        if not self.outputs:
            return
        zeros = [from_array(np.zeros(out.shape, out.ndarray.dtype)) for out in self.outputs]
        found = autograd.grad(self.outputs, self.inputs, zeros, allow_unused=True)
        for x, g in zip(self.inputs, found):
            if g is not None:
                complaint = _jacobians.layout_complaint(g, x)
                if complaint is not None or parts(g.ndarray).any():
                    raise GradcheckError(complaint or "backward not multiplied by grad_output")

    def undefined(self) -> None:
        """The backward must take outputs to which no gradient comes: all of them, and each alone."""
        count = len(self.outputs)
        for alone in (None, *(range(count) if count > 1 else ())):
            fresh = enumerate(_differentiable(self.func(*self.given)))
            outputs = [UndefinedGrad()(x) if alone in (None, place) else x for place, x in fresh]
            zeros = [from_array(np.zeros(out.shape, out.ndarray.dtype)) for out in outputs]
            try:
                found = autograd.grad(outputs, self.inputs, zeros, allow_unused=True) if count else ()
            except RuntimeError as error:
                warn(_UNDEFINED)
                raise GradcheckError(f"Expected backward function to handle undefined output grads. {_NOTES}") from error
            if any([g is not None and parts(g.ndarray).any() for g in found]):
                warn(_UNDEFINED)
                clause = "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
                raise GradcheckError(f"{clause} {_NOTES}")


def _half(rows: Array, part: str | None) -> Array:
    """Of rows that belong to real and imaginary parts in turn, those of one kind."""
    return rows if part is None else rows[1::2] if part == "imaginary" else rows[::2]


def _complex_rows(rows: Array, like: Tensor) -> Array:
    """Rows of the parts of complex numbers put together again, where `like` is complex."""
    return rows[::2] + 1j * rows[1::2] if like.ndarray.dtype.kind == "c" else rows


def _dense(array: Any) -> Any:
    return array.dense() if isinstance(array, Unstrided) else array


def _check_batch(function: Callable[[Tensor], tuple[Tensor, ...]], like: Tensor, place: int, complaint: str) -> None:
    """A function of two random tensors at once beside the same of each."""
    pair = np.stack([_weight(like.ndarray), _weight(like.ndarray)])
    expected = [np.stack([_dense(each.ndarray) for each in row]) for row in zip(*[function(from_array(each)) for each in pair])]
    try:
        found = torch._vmap_internals._vmap(function)(from_array(pair))
    except RuntimeError as error:
        raise GradcheckError(f"While computing batched gradients, got: {error}\n\n{complaint}") from error
    if any([is_unstrided(each) for each in found]):
        raise GradcheckError(f"While computing batched gradients, got: sparse tensors\n\n{complaint}")
    for number, (one, two) in enumerate(zip(found, expected)):
        if not np.allclose(one.ndarray, two):
            shown = f"Got:\n{one}\n\nExpected:\n{from_array(two)}"
            raise GradcheckError(f"For output {place} and input {number}:\n\n{complaint}\n\n{shown}")


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
        array = given[place].ndarray
        if array.dtype not in (np.float64, np.complex128):
            warn(_SINGLE.format(place))
        if array.size and any([length > 1 and stride == 0 for length, stride in zip(array.shape, array.strides)]):
            raise Problem(
                "argument",
                f"The {place}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck.",
            )
    return targets


# --- what PyTorch once let out --------------------------------------------------------------------------------------


def get_numerical_jacobian(
    fn: Callable[[Any], Any], inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple[Tensor, ...]:
    """The jacobians of the first output of `fn(inputs)` by small steps, for each target.  Raises ValueError."""
    _deprecated("get_numerical_jacobian", grad_out)
    starts = [x for x in _tensors(inputs if target is None else target) if x.requires_grad]
    blocks = [_jacobians.numerical(lambda: as_tuple(fn(inputs)), x, eps)[0] for x in starts]
    return tuple([from_array(block) for block in blocks])


def get_analytical_jacobian(inputs: Any, output: Tensor, nondet_tol: float = 0.0, grad_out: float = 1.0) -> Any:
    """The jacobians of an output by backward passes; whether they came a second time, and whether sizes and types are right.

    Raises ValueError.
    """
    _deprecated("get_analytical_jacobian", grad_out)
    if output.ndarray.dtype.kind == "c":
        raise failure("ValueError", "Expected output to be non-complex. get_analytical_jacobian supports no complex outputs.")
    starts = [x for x in _tensors(inputs) if x.requires_grad]
    first, second = [_jacobians.backward(output, starts) for _ in range(2)]
    again = all([np.allclose(one, two, 0, nondet_tol, equal_nan=True) for one, two in zip(first, second)])
    return tuple([from_array(block) for block in first]), again, True, True


def _deprecated(name: str, grad_out: float) -> None:
    warn(_PRIVATE.format(name), FutureWarning)
    if grad_out != 1.0:
        raise failure("ValueError", f"Expected grad_out to be 1.0. {name} no longer supports values of grad_out != 1.0.")


def _tensors(value: Any) -> Iterator[Tensor]:
    return (x for x in as_tuple(value) if isinstance(x, Tensor))


class _Callable(ModuleType):
    """This module, which `torch.autograd.gradcheck` names where somebody imported it before the function: it can be called."""

    __call__ = staticmethod(gradcheck)


sys.modules[__name__].__class__ = _Callable
