"""`torch.func`: functions of functions.  `grad(f)` is a function that gives the gradient of `f`, and may be given to `grad`.

Every transform runs its function on tensors of its own, so that transforms nest: a tensor that something outside wants to
differentiate is looked at through a view, any other through a new leaf.  What leads to nothing but these leaves is given back
without its history.  A Jacobian of which no derivative can be asked any more is computed in a batch of rows or of columns;
the others are made of traced rows.  The numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradcli.engine import jacobian as engine
from gradcli.engine.batch import Batch, Unbatched
from gradcli.engine.forward_mode import lacking, push
from gradcli.graph.sweep import reachable, sweep
from gradcli.graph.tape import grad_enabled, grad_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure, guarded
from gradcli.torch.autograd.function import transforming
from gradcli.torch.autograd.functional import blocks_of, fresh, gradients, zeros
from gradcli.torch.func.batched import apart_if_in_step

Function = Callable[..., Any]
_MUCH = 4  # times as many rows as columns, or columns as rows: then the mode is chosen by that, whichever was asked for
_ROOM = 1 << 24  # elements of a Jacobian that is computed in one batch


class _Layer:
    """One application of a transform: the tensors that its function gets, by which it differentiates."""

    def __init__(self, name: str) -> None:
        apart_if_in_step()
        self.name = name
        self.values = "primals" if "primals" in name else "args"
        self.recording = grad_enabled()
        self.own: set[Any] = set()

    def taken(self, tree: Any) -> tuple[Any, tuple[Tensor, ...]]:
        """A tree of tensors as the function gets it, and its tensors."""
        given = fresh(trees.tensors(tree, self.no_tensor), True)
        self.own.update([x for x in given if x.is_leaf])
        return trees.like(tree, iter(given)), given

    def called(self, func: Function, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """What the function gives; programs' own functions in it know that they are transformed."""
        token = transforming.set(True)
        try:
            return func(*args, **keywords)
        finally:
            transforming.reset(token)

    def given(self, result: Any) -> tuple[Tensor, ...]:
        """The results of the function, all of which must be tensors.  Raises RuntimeError."""
        if trees.leaves(result) in ([], [None]):
            clause = f"Expected f to be a function that has non-empty output (got output = {trees.leaves(result)})"
            raise failure("RuntimeError", f"{self.name}: {clause}")
        return trees.tensors(result, self._no_result)

    def released(self, tree: Any) -> Any:
        """Results as they are given back: with their history where somebody outside has a part in it."""
        return trees.mapped(lambda each: self._released(each) if isinstance(each, Tensor) else each, tree)

    def outside(self, x: Tensor) -> bool:
        """Whether somebody outside has a part in the history of a tensor."""
        return self.recording and any([leaf not in self.own for leaf in reachable([x.edge])[1]])

    def _released(self, x: Tensor) -> Tensor:
        return x.detach() if x.requires_grad and not self.outside(x) else x

    def no_tensor(self, value: Any) -> Exception:
        """The error of an input that is no tensor."""
        message = f"Thing passed to transform API must be Tensor, got {type(value)}"
        return failure("ValueError", message, hint="argnums tells the arguments to differentiate for")

    def _no_result(self, value: Any) -> Exception:
        message = f"{self.name}: expected f(*{self.values}) to return only tensors, got unsupported type {type(value)}"
        return failure("RuntimeError", message)


# --- gradients ------------------------------------------------------------------------------------------------------


def grad(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that gives the gradient of `func` (which gives one number) by the arguments `argnums`."""

    def gradient(*args: Any, **keywords: Any) -> Any:
        slopes, value = _valued(func, argnums, has_aux, args, keywords)
        return (slopes, value[1]) if has_aux else slopes

    return _named(gradient, func)


def grad_and_value(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """The same with the value of `func` behind: (gradient, value), or (gradient, (value, aux))."""
    return _named(lambda *args, **keywords: _valued(func, argnums, has_aux, args, keywords), func)


@guarded
def _valued(func: Function, argnums: Any, has_aux: bool, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    layer = _Layer("grad_and_value(f)(*args)")
    with grad_mode(True):
        chosen, put = _chosen(argnums, args)
        tree, given = layer.taken(chosen)
        output, aux = _split(layer, layer.called(func, put(tree), keywords), has_aux)
        _check_scalar(layer.name, output)
        found = gradients((output,), given, None, create_graph=True)
        slopes = trees.like(chosen, iter([zeros(x) if each is None else each for each, x in zip(found, given)]))
    return layer.released(slopes), layer.released((output, aux) if has_aux else output)


def _check_scalar(name: str, output: Any) -> None:
    if not isinstance(output, Tensor):
        raise failure("RuntimeError", f"{name}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output.ndim:
        raise failure(
            "RuntimeError",
            f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {output.ndim} dims. Maybe you wanted to use "
            "the vjp or jacrev APIs instead?",
            hint="reduce it, as with .sum()",
        )


# --- products -------------------------------------------------------------------------------------------------------


@guarded
def vjp(func: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and a function that gives the product of a vector (like the value) with the Jacobian."""
    layer = _Layer("vjp(f, *primals)")
    with grad_mode(True):
        tree, given = layer.taken(primals)
        output, aux = _split(layer, layer.called(func, tree, {}), has_aux)
        outputs = layer.given(output)

    @guarded
    def product(cotangents: Any, retain_graph: bool = True, create_graph: Any = None) -> Any:
        if trees.form(cotangents) != trees.form(output):
            clause = "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function."
            told = f"cotangents: {trees.pictured(cotangents)}, primal output: {trees.pictured(output)}"
            raise failure("RuntimeError", f"{clause} {told}")
        with grad_mode(True):
            found = gradients(outputs, given, trees.tensors(cotangents, layer.no_tensor), create_graph=True)
        slopes = trees.like(primals, iter([zeros(x) if each is None else each for each, x in zip(found, given)]))
        layer.recording = grad_enabled()
        if any([each.requires_grad for each in trees.leaves(cotangents)]):
            return slopes
        return layer.released(slopes)

    value = layer.released(output)
    return (value, product, layer.released(aux)) if has_aux else (value, product)


@guarded
def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and the product of the Jacobian with `tangents` (like `primals`)."""
    layer = _Layer("jvp(f, primals, tangents)")
    vectors = _tangents(layer, primals, tangents)
    linear = _Linearized(layer, func, primals, has_aux)
    products = linear.product(vectors)
    results = layer.released(linear.output), layer.released(products)
    return (*results, layer.released(linear.aux)) if has_aux else results


@guarded
def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of `func`, and a function of tangents that gives the product of the Jacobian with them."""
    layer = _Layer("linearize(f, *primals)")
    linear = _Linearized(layer, func, primals, False)

    @guarded
    def product(*tangents: Any) -> Any:
        return layer.released(linear.product(_tangents(layer, primals, tangents)))

    return layer.released(linear.output), product


class _Linearized:
    """A function at a point.

    The product of a vector with the Jacobian is linear in the vector, and its derivative by that is the product the other way.
    """

    def __init__(self, layer: _Layer, func: Function, primals: Any, has_aux: bool) -> None:
        with grad_mode(True):
            tree, given = layer.taken(primals)
            self.output, self.aux = _split(layer, layer.called(func, tree, {}), has_aux)
            self._outputs = layer.given(self.output)
            self._probes = fresh(tuple([zeros(x) for x in self._outputs]), False)
            layer.own.update(self._probes)
            self._slopes = gradients(self._outputs, given, self._probes, create_graph=True)

    def product(self, vectors: tuple[Tensor, ...]) -> Any:
        """The product of the Jacobian with vectors, with its history."""
        with grad_mode(True):
            found = gradients(self._slopes, self._probes, vectors, create_graph=True)
            products = [zeros(x) if each is None else each for each, x in zip(found, self._outputs)]
        return trees.like(self.output, iter(products))


def _tangents(layer: _Layer, primals: Any, tangents: Any) -> tuple[Tensor, ...]:
    """The tangents of a product, of which there is one for each of the primals, and of its shape."""

    def refused(clause: str) -> Exception:
        return failure("RuntimeError", f"{layer.name}: {clause}", hint="jvp(f, (x,), (v,))")

    if not isinstance(primals, tuple):
        raise refused("Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    if trees.form(primals) != trees.form(tangents):
        raise refused(
            "Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 tensors, "
            f"tangents also must be. Got primals with structure {trees.spec(primals)} and tangents with structure "
            f"{trees.spec(tangents)}"
        )
    if not trees.leaves(primals):
        raise refused("Expected primals to contain at least one Tensor.")
    starts = trees.tensors(primals, lambda value: refused(f"Expected primals to only contain Tensors, got {type(value)}"))
    vectors = trees.tensors(tangents, lambda value: refused(f"Expected tangents to only contain Tensors, got {type(value)}"))
    for x, vector in zip(starts, vectors):
        if x.shape != vector.shape:
            raise failure(
                "RuntimeError",
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
                f"supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                f"{list(vector.shape)}.",
            )
    return vectors


# --- whole matrices -------------------------------------------------------------------------------------------------


def jacrev(
    func: Function,
    argnums: Any = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Function:
    """A function that gives the Jacobian of `func` by the arguments `argnums`: `out.shape + in.shape` for each pair."""
    return _jacobian(func, argnums, has_aux, False)


def jacfwd(func: Function, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """The same, as forward mode gives it."""
    return _jacobian(func, argnums, has_aux, True)


def _jacobian(func: Function, argnums: Any, has_aux: bool, forward: bool) -> Function:
    @guarded
    def jacobian(*args: Any, **keywords: Any) -> Any:
        layer, name = _Layer("jvp(f, primals, tangents)" if forward else "vjp(f, *primals)"), "jacfwd" if forward else "jacrev"
        with grad_mode(True):
            chosen, put = _chosen(argnums, args)
            tree, given = layer.taken(chosen)
            _need_real(name, "input", given)
            output, aux = _split(layer, layer.called(func, put(tree), keywords), has_aux)
            outputs = layer.given(output)
            _need_real(name, "output", outputs)
            rows = [_row(layer, place, out, given, forward) for place, out in enumerate(outputs)]
        blocks = trees.like(output, iter([trees.like(chosen, iter(row)) for row in rows]))
        return (layer.released(blocks), layer.released(aux)) if has_aux else layer.released(blocks)

    return _named(jacobian, func)


def _need_real(name: str, side: str, tensors: Sequence[Tensor]) -> None:
    """Refuse complex tensors, whose derivative may be one of two.  Raises RuntimeError."""
    for place, each in enumerate(tensors):
        if each.ndarray.dtype.kind == "c":
            words = f"{name}: Expected all {side}s to be real but received complex tensor at flattened input idx: {place}"
            raise failure("RuntimeError", words)


def _row(layer: _Layer, place: int, out: Tensor, given: tuple[Tensor, ...], forward: bool) -> Sequence[Tensor]:
    """The blocks of one output: traced where somebody outside may differentiate them."""
    if out.edge is None or not out.ndarray.size or layer.outside(out):
        return blocks_of(place, out, given, True, False)
    columns, rows = sum([x.ndarray.size for x in given]), out.ndarray.size
    if lacking([out.edge]) is not None:
        forward = False
    elif max(columns, rows) > _MUCH * min(columns, rows):
        forward = columns < rows
    if min(columns, rows) * max(columns, rows) <= _ROOM:
        try:
            return [from_array(each) for each in (_columns(out, given) if forward else _rows(out, given))]
        except Unbatched:  # a rule wants to see one at a time
            pass
    (blocks,) = engine.jacobian([out], given, "forward" if forward else "reverse")
    return [from_array(block.dense()) for block in blocks]


def _identity(x: Tensor) -> Batch:
    """The rows of an identity matrix, each in the shape of a tensor."""
    return Batch(np.eye(x.ndarray.size, dtype=x.ndarray.dtype).reshape(-1, *x.ndarray.shape))


def _rows(out: Tensor, given: tuple[Tensor, ...]) -> list[Any]:
    """The blocks by reverse mode, all rows at once."""
    wanted = [x.edge for x in given]
    found = sweep([(out.edge, _identity(out))], wanted=wanted, retain_graph=True)
    shapes = [(*out.ndarray.shape, *x.ndarray.shape) for x in given]
    blocks = [found.get(edge) for edge in wanted]
    return [
        np.zeros(shape, out.ndarray.dtype) if block is None else block.written_out().reshape(shape)
        for block, shape in zip(blocks, shapes)
    ]


def _columns(out: Tensor, given: tuple[Tensor, ...]) -> list[Any]:
    """The blocks by forward mode, all columns of an input at once."""
    blocks = []
    for x in given:
        (moved,) = push([out.edge], {x.edge: _identity(x)})
        shape = (*out.ndarray.shape, *x.ndarray.shape)
        if moved is None:
            blocks.append(np.zeros(shape, x.ndarray.dtype))
        else:
            blocks.append(np.ascontiguousarray(np.moveaxis(moved.written_out(), 0, -1)).reshape(shape))
    return blocks


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that gives the second derivatives of `func` by the arguments `argnums`."""
    return jacfwd(jacrev(func, argnums), argnums)


# --- pieces ---------------------------------------------------------------------------------------------------------


def _chosen(argnums: Any, args: tuple[Any, ...]) -> tuple[Any, Callable[[Any], Sequence[Any]]]:
    """The arguments to differentiate for (one, or a tuple), and a function that puts others in their places."""
    single = isinstance(argnums, int)
    places = (argnums,) if single else argnums
    if not isinstance(places, tuple):
        raise failure("RuntimeError", f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not places:
        raise failure("RuntimeError", "argnums must be non-empty")
    for place in places:
        if not isinstance(place, int):
            raise failure("RuntimeError", f"argnum must be int, got: {type(place)}")
        if not -len(args) <= place < len(args):
            raise failure("RuntimeError", f"Got argnum={place}, but only {len(args)} positional inputs")
    places = tuple([place % len(args) for place in places])
    if len(set(places)) < len(places):
        raise failure("RuntimeError", f"argnums elements must be unique, got {places}")

    def put(values: Any) -> list[Any]:
        found = list(args)
        for place, value in zip(places, (values,) if single else values):
            found[place] = value
        return found

    chosen = tuple([args[place] for place in places])
    return (chosen[0] if single else chosen), put


def _split(layer: _Layer, result: Any, has_aux: bool) -> tuple[Any, Any]:
    """What a function gives, and what it gives beside that."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        message = f"{layer.name}: output of function f should be a tuple: (output, aux) if has_aux is True"
        raise failure("RuntimeError", message)
    trees.tensors(result[1], lambda value: failure("RuntimeError", f"Expected tensors, got unsupported type {type(value)}"))
    return result


def functionalize(func: Function, *, remove: str = "mutations") -> Function:
    """A function that computes the same without changes in place: what changes remain here reach its own tensors only.

    Raises RuntimeError where `remove` is neither "mutations" nor "mutations_and_views".
    """
    if remove not in ("mutations", "mutations_and_views"):
        message = f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}."
        raise failure(
            "RuntimeError", f"{message} Valid options are:\n     remove='mutations'\n     remove='mutations_and_views'"
        )
    return _named(lambda *args, **keywords: func(*args, **keywords), func)


def _named(made: Function, func: Function) -> Function:
    made.__name__ = made.__qualname__ = str(getattr(func, "__name__", "function"))
    return made
