"""`torch.func`: functions of functions.  `grad(f)` is a function that gives the gradient of `f`, and may be given to `grad`.

Every transform runs its function on tensors of its own, so that transforms nest: a tensor that something outside wants to
differentiate is looked at through a view, any other through a new leaf.  What leads to nothing but these leaves is given back
without its history.  Jacobians are those of reverse mode, whichever way was asked for: the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.sweep import reachable
from gradcli.graph.tape import grad_enabled, grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import type_of
from gradcli.run.script.func import trees
from gradcli.run.script.functional import blocks_of, fresh, gradients, zeros

Function = Callable[..., Any]


class _Layer:
    """One application of a transform: the tensors that its function gets, by which it differentiates."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values = "primals" if "primals" in name else "args"
        self.recording = grad_enabled()
        self.own: set[Any] = set()

    def taken(self, tree: Any) -> tuple[Any, tuple[Tensor, ...]]:
        """A tree of tensors as the function gets it, and its tensors.  Raises Problem."""
        given = fresh(trees.tensors(tree, self.no_tensor), True)
        self.own.update([x for x in given if x.is_leaf])
        return trees.like(tree, iter(given)), given

    def given(self, result: Any) -> tuple[Tensor, ...]:
        """The tensors among the results of the function.  Raises Problem."""
        return trees.tensors(result, self._no_result)

    def released(self, tree: Any) -> Any:
        """Results as they are given back: with their history where somebody outside has a part in it."""
        return trees.mapped(lambda each: self._released(each) if type(each) is Tensor else each, tree)

    def _released(self, x: Tensor) -> Tensor:
        if not x.requires_grad:
            return x
        outside = self.recording and any([leaf not in self.own for leaf in reachable([x.edge])[1]])
        return x if outside else x.detach()

    def no_tensor(self, value: Any) -> Problem:
        """The error of an input that is no tensor."""
        message = f"Thing passed to transform API must be Tensor, got {type_of(value)}"
        return Problem("type", message, type="ValueError", hint="argnums tells the arguments to differentiate for")

    def _no_result(self, value: Any) -> Problem:
        return Problem(
            "type", f"{self.name}: expected f(*{self.values}) to return only tensors, got unsupported type {type_of(value)}"
        )


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


def _valued(func: Function, argnums: Any, has_aux: bool, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    layer = _Layer("grad_and_value(f)(*args)")
    with grad_mode(True):
        chosen, put = _chosen(layer.name, argnums, args)
        tree, given = layer.taken(chosen)
        output, aux = _split(layer, func(*put(tree), **keywords), has_aux)
        _check_scalar(layer.name, output)
        found = gradients((output,), given, None, create_graph=True)
        slopes = trees.like(chosen, iter([zeros(x) if each is None else each for each, x in zip(found, given)]))
    return layer.released(slopes), layer.released((output, aux) if has_aux else output)


def _check_scalar(name: str, output: Any) -> None:
    if type(output) is not Tensor:
        raise Problem("type", f"{name}: Expected f(*args) to return a Tensor, got {type_of(output)}")
    if output.ndim:
        raise Problem(
            "not-scalar",
            f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {output.ndim} dims. Maybe you wanted to use "
            "the vjp or jacrev APIs instead?",
            hint="reduce it, as with .sum()",
        )


# --- products -------------------------------------------------------------------------------------------------------


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and a function that gives the product of a vector (like the value) with the jacobian."""
    layer = _Layer("vjp(f, *primals)")
    with grad_mode(True):
        tree, given = layer.taken(primals)
        output, aux = _split(layer, func(*tree), has_aux)
        outputs = layer.given(output)

    def product(cotangents: Any, retain_graph: bool = True, create_graph: Any = None) -> Any:
        if trees.form(cotangents) != trees.form(output):
            clause = "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function."
            raise Problem("argument", clause)
        with grad_mode(True):
            found = gradients(outputs, given, trees.tensors(cotangents, layer.no_tensor), create_graph=True)
        slopes = trees.like(primals, iter([zeros(x) if each is None else each for each, x in zip(found, given)]))
        layer.recording = grad_enabled()
        if any([each.requires_grad for each in trees.leaves(cotangents)]):
            return slopes
        return layer.released(slopes)

    value = layer.released(output)
    return (value, product, layer.released(aux)) if has_aux else (value, product)


def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and the product of the jacobian with `tangents` (like `primals`).

    The product of a vector with the jacobian is linear in the vector, and its derivative by that is asked for.
    """
    layer = _Layer("jvp(f, primals, tangents)")
    vectors = _tangents(layer, primals, tangents)
    with grad_mode(True):
        tree, given = layer.taken(primals)
        output, aux = _split(layer, func(*tree), has_aux)
        outputs = layer.given(output)
        probes = fresh(tuple([zeros(x) for x in outputs]), False)
        layer.own.update(probes)
        slopes = gradients(outputs, given, probes, create_graph=True)
        found = gradients(slopes, probes, vectors, create_graph=True)
        products = trees.like(output, iter([zeros(x) if each is None else each for each, x in zip(found, outputs)]))
    results = layer.released(output), layer.released(products)
    return (*results, layer.released(aux)) if has_aux else results


def _tangents(layer: _Layer, primals: Any, tangents: Any) -> tuple[Tensor, ...]:
    """The tangents of a product, of which there is one for each of the primals, and of its shape.  Raises Problem."""
    if not isinstance(primals, tuple):
        clause = "Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        raise Problem("argument", f"{layer.name}: {clause}", hint="jvp(f, (x,), (v,))")
    if trees.form(primals) != trees.form(tangents):
        clause = (
            "Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 tensors, "
            "tangents also must be."
        )
        raise Problem("argument", f"{layer.name}: {clause}", hint="jvp(f, (x,), (v,))")
    vectors = trees.tensors(tangents, layer.no_tensor)
    for x, vector in zip(trees.tensors(primals, layer.no_tensor), vectors):
        if x.shape != vector.shape:
            raise Problem(
                "shape-mismatch",
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
                f"supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                f"{list(vector.shape)}.",
            )
    return vectors


# --- whole matrices -------------------------------------------------------------------------------------------------


def jacrev(func: Function, argnums: Any = 0, *, has_aux: bool = False, **_: Any) -> Function:
    """A function that gives the jacobian of `func` by the arguments `argnums`: `out.shape + in.shape` for each pair."""

    def jacobian(*args: Any, **keywords: Any) -> Any:
        layer = _Layer("vjp(f, *primals)")
        with grad_mode(True):
            chosen, put = _chosen(layer.name, argnums, args)
            tree, given = layer.taken(chosen)
            output, aux = _split(layer, func(*put(tree), **keywords), has_aux)
            rows = [blocks_of(place, out, given, True, False) for place, out in enumerate(layer.given(output))]
        blocks = trees.like(output, iter([trees.like(chosen, iter(row)) for row in rows]))
        return (layer.released(blocks), layer.released(aux)) if has_aux else layer.released(blocks)

    return _named(jacobian, func)


def jacfwd(func: Function, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """The same, as forward mode gives it."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that gives the second derivatives of `func` by the arguments `argnums`."""
    return jacfwd(jacrev(func, argnums), argnums)


# --- pieces ---------------------------------------------------------------------------------------------------------


def _chosen(name: str, argnums: Any, args: tuple[Any, ...]) -> tuple[Any, Callable[[Any], Sequence[Any]]]:
    """The arguments to differentiate for (one, or a tuple), and a function that puts others in their places."""
    single = isinstance(argnums, int)
    places = (argnums,) if single else argnums
    if not isinstance(places, tuple) or not places or not all([isinstance(place, int) for place in places]):
        raise Problem("argument", f"argnum must be int or Tuple[int, ...], got: {type_of(argnums)}", type="AssertionError")
    for place in places:
        if not -len(args) <= place < len(args):
            raise Problem("argument", f"Got argnum={place}, but only {len(args)} positional inputs")

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
        raise Problem("type", f"{layer.name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def _named(made: Function, func: Function) -> Function:
    made.__name__ = made.__qualname__ = str(getattr(func, "__name__", "function"))
    return made
