"""`torch.library`: operators of a program's own.

    @torch.library.custom_op("mylib::sin", mutates_args=())
    def sin(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(np.sin(x.numpy(force=True)))

    sin.register_autograd(backward, setup_context=setup_context)

`Library` and `define`, `impl` say the same with a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.torch import ops
from gradcli.torch.library.checks import OpCheckError, opcheck
from gradcli.torch.library.operators import CustomOverload, defined, found
from gradcli.torch.library.schema import Schema, infer_schema

__all__ = [
    "CustomOpDef",
    "Library",
    "OpCheckError",
    "custom_op",
    "define",
    "impl",
    "impl_abstract",
    "infer_schema",
    "opcheck",
    "register_autograd",
    "register_fake",
    "register_kernel",
    "register_vmap",
]
_KEYS = {"cpu": "CPU", "default": "CompositeExplicitAutograd", "meta": "Meta"}  # by the names of devices


class CustomOpDef:
    """An operator that `custom_op` made: called as its function was."""

    def __init__(self, namespace: str, name: str, schema: str, fn: Callable[..., Any]) -> None:
        self._namespace, self._name, self._init_fn = namespace, name, fn
        self._opoverload = defined(namespace, Schema(f"{name}{schema}"), careful=True)
        self._opoverload._schema.text = f"{namespace}::{name}{schema}"
        self.__name__, self.__doc__ = name, fn.__doc__

    @property
    def _qualname(self) -> str:
        return f"{self._namespace}::{self._name}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Let a function compute it on some devices; a decorator where no function is given."""
        return register_kernel(self._opoverload, device_types, fn)

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Let a function tell what results are like, without computing them."""
        return register_fake(self._opoverload, fn)  # type: ignore[no-any-return]

    def register_autograd(self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None) -> None:
        """Give it a derivative: `backward(ctx, *grads)`, of which `setup_context(ctx, inputs, output)` keeps what it needs."""
        register_autograd(self._opoverload, backward, setup_context=setup_context)

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """Let `func(info, in_dims, *args)` compute it under torch.vmap."""
        return register_vmap(self._opoverload, func)


def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: Any,
    device_types: Any = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """The operator that a function computes; a decorator where no function is given.  Raises ValueError."""

    def inner(function: Callable[..., Any]) -> CustomOpDef:
        text = infer_schema(function, mutates_args=mutates_args) if schema is None else schema
        namespace, opname = _parted(name)
        made = CustomOpDef(namespace, opname, text, function)
        made.register_kernel(device_types)(function)
        return made

    return inner if fn is None else inner(fn)


def _parted(name: str) -> tuple[str, str]:
    namespace, separator, rest = name.partition("::")
    if not separator or not namespace or not rest:
        raise ValueError(
            f"Expected `name` to be of the form `namespace::name`, but got '{name}'. The namespace keeps operators of several "
            "libraries apart"
        )
    return namespace, rest


# --- what operators are given ---------------------------------------------------------------------------------------


def _registering(func: Callable[..., Any] | None, register: Callable[[Callable[..., Any]], None]) -> Any:
    """Register a function and give it back; a decorator where there is none yet."""

    def inner(function: Callable[..., Any]) -> Callable[..., Any]:
        register(function)
        return function

    return inner if func is None else inner(func)


def register_kernel(op: Any, device_types: Any, func: Callable[..., Any] | None = None, /, *, lib: Any = None) -> Any:
    """Let a function compute an operator on some devices ("cpu"), or on all (None)."""
    names = [device_types] if isinstance(device_types, str) or device_types is None else device_types
    keys = ["CompositeExplicitAutograd" if each is None else _KEYS.get(each, each.upper()) for each in names]
    return _registering(func, lambda function: found(op).kernels.update(dict.fromkeys(keys, function)))


def register_fake(op: Any, func: Callable[..., Any] | None = None, /, *, lib: Any = None, **_: Any) -> Any:
    """Let a function tell what an operator's results are like, without computing them."""
    return _registering(func, lambda function: found(op).kernels.update({"Meta": function}))


impl_abstract = register_fake


def register_autograd(
    op: Any,
    backward: Callable[..., Any],
    /,
    *,
    setup_context: Callable[..., Any] | None = None,
    lib: Any = None,
) -> None:
    """Give an operator a derivative: `backward(ctx, *grads)` gives a gradient, or None, for each argument."""
    made = found(op)
    made.backward, made.setup_context = backward, setup_context


def register_vmap(op: Any, func: Callable[..., Any] | None = None, /, *, lib: Any = None) -> Any:
    """Let `func(info, in_dims, *args)` compute an operator under torch.vmap."""
    return _registering(func, lambda function: setattr(found(op), "vmap", function))


def define(qualname: str, schema: str, *, lib: Library | None = None, tags: Any = ()) -> None:
    """A new operator by the name "mylib::foo" with the schema "(Tensor x) -> Tensor".  Raises ValueError, RuntimeError."""
    namespace, name = _parted(qualname)
    _define(namespace, f"{name}{schema}")


def impl(qualname: str, types: Any, func: Callable[..., Any] | None = None, *, lib: Any = None) -> Any:
    """Let a function compute an operator on some devices ("cpu", "default" for all), or for a key of PyTorch's dispatcher."""
    names = [types] if isinstance(types, str) else types
    keys = [_KEYS.get(each, each) for each in names]
    return _registering(func, lambda function: found(qualname).kernels.update(dict.fromkeys(keys, function)))


def _define(namespace: str, schema: str) -> CustomOverload:
    made = defined(namespace, Schema(schema))
    made._schema.text = f"{namespace}::{schema.strip()}"
    return made


class Library:
    """Operators of one namespace: new ones (`kind` "DEF" or "FRAGMENT"), or kernels of those that are there ("IMPL")."""

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError("Unsupported kind: ", kind)
        if ns in ("prim", "prims") and kind in ("DEF", "FRAGMENT"):
            raise ValueError(ns, " is a reserved namespace. Please try creating a library with another name.")
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self.m: Any = self
        self._names: list[str] = []

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """A new operator with a schema, "foo(Tensor x) -> Tensor".  Gives its name."""
        name = _define(self.ns, schema)._name
        self._names.append(name)
        return name

    def impl(self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "", **_: Any) -> None:
        """Let a function compute an operator for a key of PyTorch's dispatcher: "CPU", "Autograd", "Meta", ..."""
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        name = op_name if isinstance(op_name, str) else op_name.name()
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        found(name if "::" in name else f"{self.ns}::{name}").kernels[key] = fn

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def _destroy(self) -> None:
        for name in self._names:
            vars(ops.namespace(self.ns)).pop(name, None)
        self._names.clear()


@contextmanager
def _scoped_library(*args: Any, **kwargs: Any) -> Iterator[Library]:
    """A library whose operators are forgotten with the block."""
    made = Library(*args, **kwargs)
    try:
        yield made
    finally:
        made._destroy()
