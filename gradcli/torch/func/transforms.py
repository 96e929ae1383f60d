"""`torch.func`: functions of functions.  `grad(f)` is a function that gives the gradient of `f`, and may be given to `grad`.

Every transform runs its function on tensors of its own, so that transforms nest: a tensor that something outside wants to
differentiate is looked at through a view, any other through a new leaf.  What leads to nothing but these leaves is given back
without its history.
"""

from __future__ import annotations

from typing import Any

from gradcli.graph.sweep import reachable
from gradcli.graph.tape import grad_enabled, grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.torch import _trees as trees
from gradcli.torch._boundary import failure, guarded
from gradcli.torch._transforming import within
from gradcli.torch.autograd.functional import fresh, gradients, zeros
from gradcli.torch.func._layers import Function, Layer, chosen, named, split

# --- gradients ------------------------------------------------------------------------------------------------------


def grad(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """A function that gives the gradient of `func` (which gives one number) by the arguments `argnums`."""

    def gradient(*args: Any, **keywords: Any) -> Any:
        slopes, value = _valued(func, argnums, has_aux, args, keywords)
        return (slopes, value[1]) if has_aux else slopes

    return named(gradient, func)


def grad_and_value(func: Function, argnums: Any = 0, has_aux: bool = False) -> Function:
    """The same with the value of `func` behind: (gradient, value), or (gradient, (value, aux))."""
    return named(lambda *args, **keywords: _valued(func, argnums, has_aux, args, keywords), func)


@guarded
def _valued(func: Function, argnums: Any, has_aux: bool, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    layer = Layer("grad_and_value(f)(*args)")
    with grad_mode(True):
        picked, put = chosen(argnums, args)
        tree, given = layer.taken(picked)
        output, aux = split(layer, layer.called(func, put(tree), keywords), has_aux)
        _check_scalar(layer.name, output)
        found = gradients((output,), given, None, create_graph=True)
        slopes = trees.like(picked, iter([zeros(x) if each is None else each for each, x in zip(found, given)]))
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
    layer = Layer("vjp(f, *primals)")
    with grad_mode(True):
        tree, given = layer.taken(primals)
        output, aux = split(layer, layer.called(func, tree, {}), has_aux)
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
    layer = Layer("jvp(f, primals, tangents)")
    vectors = _tangents(layer, primals, tangents)
    linear = _Linearized(layer, func, primals, has_aux)
    if strict and not linear.depends():
        clause = "The output of f is independent of the inputs. This is not allowed with strict=True."
        raise failure("RuntimeError", f"jvp(f, primals, tangents, strict=True): {clause}")
    products = linear.product(vectors)
    results = layer.released(linear.output), layer.released(products)
    return (*results, layer.released(linear.aux)) if has_aux else results


@guarded
def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of `func`, and a function of tangents that gives the product of the Jacobian with them."""
    layer = Layer("linearize(f, *primals)")
    linear = _Linearized(layer, func, primals, False)

    @guarded
    def product(*tangents: Any) -> Any:
        _check_like(primals, tangents)
        return layer.released(linear.product(_tangents(layer, primals, tangents)))

    return layer.released(linear.output), product


def _check_like(primals: Any, tangents: Any) -> None:
    """Refuse tangents of another form, shape or dtype than the primals'.  Raises RuntimeError."""
    if trees.form(primals) != trees.form(tangents):
        told = f"Expected the tangents {trees.spec(tangents)} to have the same argspec as the primals {trees.spec(primals)}"
        raise failure("RuntimeError", told)
    for place, (x, tangent) in enumerate(zip(trees.leaves(primals), trees.leaves(tangents))):
        for what in ("shape", "dtype"):
            if getattr(x, what) != getattr(tangent, what):
                told = f"tangent:{place} with {what} {getattr(tangent, what)} in flattened pytree doesn't match the {what} "
                raise failure("RuntimeError", f"{told}{getattr(x, what)} of the corresponding primal.")


class _Linearized:
    """A function at a point.

    The product of a vector with the Jacobian is linear in the vector, and its derivative by that is the product the other way.
    """

    def __init__(self, layer: Layer, func: Function, primals: Any, has_aux: bool) -> None:
        with grad_mode(True):
            tree, given = layer.taken(primals, changeable=True)
            self.output, self.aux = split(layer, layer.called(func, tree, {}), has_aux)
            self._given, self._outputs = given, layer.given(self.output)
            self._probes = fresh(tuple([zeros(x) for x in self._outputs]), False)
            layer.own.update(self._probes)
            self._slopes = gradients(self._outputs, given, self._probes, create_graph=True)

    def depends(self) -> bool:
        """Whether every output depends on one of the inputs."""
        starts = {x.edge for x in self._given}
        below = [reachable([out.edge]) if out.edge is not None else ([], []) for out in self._outputs]
        return all([not starts.isdisjoint([*nodes, *leaves]) for nodes, leaves in below])

    def product(self, vectors: tuple[Tensor, ...]) -> Any:
        """The product of the Jacobian with vectors, with its history."""
        with grad_mode(True):
            found = gradients(self._slopes, self._probes, vectors, create_graph=True)
            products = [zeros(x) if each is None else each for each, x in zip(found, self._outputs)]
        return trees.like(self.output, iter(products))


def _tangents(layer: Layer, primals: Any, tangents: Any) -> tuple[Tensor, ...]:
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


def functionalize(func: Function, *, remove: str = "mutations") -> Function:
    """A function that computes the same without changes in place: what changes remain here reach its own tensors only.

    Raises RuntimeError where `remove` is neither "mutations" nor "mutations_and_views".
    """
    if remove not in ("mutations", "mutations_and_views"):
        message = f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}."
        raise failure(
            "RuntimeError", f"{message} Valid options are:\n     remove='mutations'\n     remove='mutations_and_views'"
        )

    def functional(*args: Any, **keywords: Any) -> Any:
        with within("functionalize"):
            return func(*args, **keywords)

    return named(functional, func)
