"""Operators that programs define, which stand in `torch.ops` by their names: kernels, derivatives, and what calls go through.

A call goes through the operator's derivative, if it has one and somebody wants a gradient, then through the modes that are in
force, and at last to the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import gradcli.torch as torch
from gradcli.graph import hooks, versions
from gradcli.graph.tape import grad_enabled
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import ops
from gradcli.torch._warnings import warn
from gradcli.torch.autograd.function import Function
from gradcli.torch.library.schema import Schema
from gradcli.torch.utils._python_dispatch import asked
from gradcli.torch.utils._pytree import tree_flatten, tree_leaves, tree_map_only, tree_unflatten

_AUTOGRAD = ("Autograd", "AutogradCPU", "CompositeImplicitAutograd")  # kernels that stand above, in the order of preference
_KERNELS = ("CPU", "CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional")
_below: ContextVar[bool] = ContextVar("below", default=False)  # whether calls pass derivatives and kernels for autograd by
_ALIASES = (
    "The output of this custom operator (1) must not also be an input to this custom operator and (2) may not alias any inputs "
    "to this custom operator or other returns. The most common way to trigger this error is if we have y = custom_op(x) and y "
    "and x are the same Tensor. Please instead return a clone of the offending output tensor(s) (e.g. return x.clone()) or "
    "refactor the custom operator to not return y."
)

_NO_AUTOGRAD = (
    "{}: an autograd kernel was not registered to the Autograd key(s) but we are trying to backprop through it. This may lead "
    "to silently incorrect behavior: give the operator a derivative with torch.library.register_autograd"
)


@contextmanager
def below_autograd() -> Any:
    """A block in which operators are called without their derivatives."""
    token = _below.set(True)
    try:
        yield
    finally:
        _below.reset(token)


class CustomOverload(ops.OpOverload):
    """An operator of a program's own.

    kernels   by PyTorch's names of the keys that they were given for: "CPU", "Autograd", "Meta", ...
    backward  (ctx, *grads) -> a gradient, or None, for each argument; None where nobody gave one
    careful   whether results may share no memory with the arguments, and gradients are refused without a backward
    """

    def __init__(self, namespace: str, schema: Schema, careful: bool) -> None:
        super().__init__(schema.name, "default")
        self.namespace = namespace
        self._schema = schema
        self.kernels: dict[str, Callable[..., Any]] = {}
        self.backward: Callable[..., Any] | None = None
        self.setup_context: Callable[..., Any] | None = None
        self.vmap: Callable[..., Any] | None = None
        self.careful = careful
        self._packet = ops.OpOverloadPacket(schema.name, self)

    @property
    def overloadpacket(self) -> ops.OpOverloadPacket:
        return self._packet

    def name(self) -> str:
        """Its whole name: "mylib::foo"."""
        return f"{self.namespace}::{self._name}"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        values, named = self._schema.bind(self.name(), args, keywords)
        above = None if _below.get() else next((self.kernels[key] for key in _AUTOGRAD if key in self.kernels), None)
        if above is not None:
            return above(*values, **named)
        if self._wants_gradients((values, named)):
            return _differentiable(self, values, named)
        return self.computed(values, named)

    def _wants_gradients(self, given: Any) -> bool:
        if _below.get() or not (self.careful or self.backward or self.vmap):
            return False
        return self.vmap is not None or (
            grad_enabled() and any([isinstance(each, Tensor) and each._requires_grad for each in tree_leaves(given)])
        )

    def computed(self, values: Sequence[Any], named: dict[str, Any]) -> Any:
        """What modes, or the kernel, give.  Raises NotImplementedError where there is no kernel."""
        result = asked(self, tuple(values), named)
        if result is not NotImplemented:
            return tree_map_only(Tensor, lambda x: from_array(x.ndarray), result)
        result = self._kernel((values, named))(*values, **named)
        if not self.careful and self.backward is None:
            self._warn_later(result)
        for argument, value in zip(self._schema.arguments, (*values, *named.values())):
            if argument.mutated and self.careful:
                for each in tree_leaves(value):
                    versions.changed(each.ndarray)
        if self.careful:
            self._check_aliases(result, (values, named))
        return result

    def _warn_later(self, result: Any) -> None:
        """Let a backward pass that comes through the kernel of an operator without a derivative say so."""
        message = _NO_AUTOGRAD.format(self.name())
        for each in tree_leaves(result):
            if isinstance(each, Tensor) and each._requires_grad:
                hooks.register(each, lambda _: warn(message))

    def _kernel(self, given: Any) -> Callable[..., Any]:
        meta = "Meta" in self.kernels and any([isinstance(each, Tensor) and each.is_meta for each in tree_leaves(given)])  # type: ignore[attr-defined]
        kernel = self.kernels["Meta"] if meta else next((self.kernels[key] for key in _KERNELS if key in self.kernels), None)
        if kernel is None:
            raise NotImplementedError(
                f"Could not run '{self.name()}' with arguments from the 'CPU' backend. This could be because the operator "
                "doesn't exist for this backend: give it a kernel with torch.library.impl or register_kernel."
            )
        return kernel

    def _check_aliases(self, result: Any, given: Any) -> None:
        """Refuse results that lie in the memory of arguments, or of each other.  Raises RuntimeError."""
        seen = {id(versions.root_of(each.ndarray)) for each in tree_leaves(given) if isinstance(each, Tensor)}
        for each in tree_leaves(result):
            if isinstance(each, Tensor):
                root = id(versions.root_of(each.ndarray))
                if root in seen:
                    raise RuntimeError(f"{self._name} (with implementation in {self._kernel(given).__module__}): {_ALIASES}")
                seen.add(root)

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.namespace}.{self._name}', overload='default')>"

    def __str__(self) -> str:
        return f"{self.namespace}.{self._name}.default"


def _differentiable(op: CustomOverload, values: list[Any], named: dict[str, Any]) -> Any:
    """A call as one function of the graph.  Lists of tensors are given to it tensor by tensor."""
    leaves, spec = tree_flatten(values)

    def forward(*leaves: Any) -> Any:
        with below_autograd():
            return op.computed(tree_unflatten([*leaves], spec), named)

    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        if op.setup_context is not None and op.backward is not None:
            given = tuple(tree_unflatten([*inputs], spec))
            words = {"keyword_only_inputs": named} if named else {}
            op.setup_context(ctx=ctx, inputs=given, output=output, **words)

    def backward(ctx: Any, *grads: Any) -> Any:
        if op.backward is None:
            raise RuntimeError(
                f"Trying to backward through {op} but no autograd formula was registered. Please use register_autograd to add "
                "one."
            )
        found = op.backward(ctx, *grads)
        found = found if isinstance(found, tuple) else (found,)
        return tuple([each for one, value in zip(found, values) for each in _spread(one, value)])

    members: dict[str, Any] = {
        "forward": staticmethod(forward),
        "setup_context": staticmethod(setup_context),
        "backward": staticmethod(backward),
    }
    if op.vmap is not None:
        rule = op.vmap
        members["vmap"] = staticmethod(
            lambda info, dims, *args: rule(info, tuple(tree_unflatten([*dims], spec)), *tree_unflatten([*args], spec), **named)
        )
    made: Any = type(f"GeneratedBackwardFor_{op.namespace}_{op._name}_default", (Function,), members)
    return made.apply(*leaves)


def _spread(gradient: Any, value: Any) -> Sequence[Any]:
    """The gradients of what one argument consists of."""
    if isinstance(value, (list, tuple)):
        return [None] * len(value) if gradient is None else gradient
    return [gradient]


def defined(namespace: str, schema: Schema, careful: bool = False) -> CustomOverload:
    """A new operator in `torch.ops`."""
    made = CustomOverload(namespace, schema, careful)
    home = ops.namespace(namespace)
    setattr(home, schema.name, made.overloadpacket)
    return made


def found(op: Any) -> CustomOverload:
    """The operator of a name, "mylib::foo", or of what stands for it.  Raises AttributeError."""
    if isinstance(op, str):
        space, _, name = op.partition("::")
        op = getattr(getattr(torch.ops, space), name.partition(".")[0])
    made = getattr(op, "_opoverload", op)
    result: CustomOverload = made.default if isinstance(made, ops.OpOverloadPacket) else made  # type: ignore[assignment]
    return result
