"""Backward: the rules that made NaN or an infinity out of a finite gradient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np

from gradcli.graph.tensor import Tensor
from gradcli.run.nonfinite.forward import first_origins
from gradcli.run.nonfinite.origins import Origin, first, firsts, forward_origin, size_of, unfinite
from gradcli.run.symbolic.formulas import factor, options, resolved, stated
from gradcli.run.trace import Descent, Share, Trace, descend

MOST: Final = 8  # origins of one pass


def given_weights(weight: Any) -> Origin | None:
    """Weights that are not finite themselves."""
    mask = unfinite(weight)
    return forward_origin(None, weight, first(mask), True) if mask.any() else None


def births_backward(trace: Trace, root: Any, weight: Any, wanted: Iterable[Any], with_nan: bool = True) -> list[Origin]:
    """The origins on the way back from `root` to the `wanted` edges, in the order of the pass.

    with_nan  whether a NaN came of it in the end: if not, those that came up on the way got lost again
    Where a rule works on a value that was given as it is, that input is the origin.
    """
    found: list[Origin] = []
    totals: dict[Any, Any] = {}
    for descent in descend([(root, weight)], wanted):
        for share in descent.shares:
            origins = _origins(trace, descent, share) or _in_sum(trace, descent, share, totals)
            found += [each for origin in origins if with_nan or not origin.is_nan for each in _blamed(trace, origin)]
        if len(found) >= MOST:
            break
    return list({(*each.place, each.is_nan): each for each in reversed(found)}.values())[::-1]


def _blamed(trace: Trace, origin: Origin) -> Iterator[Origin]:
    """The origin itself, or the inputs that the local derivative has its number from."""
    found = [] if origin.source is None else first_origins(trace, trace.ancestors(origin.source))
    inputs = [each for each in found if each.is_input]
    given = inputs and inputs == found and (not origin.is_nan or any([each.is_nan for each in inputs]))
    yield from inputs if given else [origin]  # a NaN that comes of an infinity is born here


def cause_of(trace: Trace, origin: Origin) -> Origin | None:
    """The value that a gradient owes its number to, if it does: that at the same entry, where there are several."""
    found = [] if origin.source is None else first_origins(trace, trace.ancestors(origin.source))
    return next((each for each in found if each.index == origin.index), found[0] if found else None)


def _origins(trace: Trace, descent: Descent, share: Share) -> list[Origin]:
    """The first infinity, and the first NaN, that a rule makes of what is finite."""
    raw = share.raw
    if raw is None or not unfinite(raw).any() or not hasattr(descent.g, "dtype"):
        return []
    number = trace.number_of(descent.node)
    local = local_derivative(share, descent.g)
    g = np.asarray(getattr(descent.g, "ndarray", descent.g))
    if local is None:
        if unfinite(g).any():
            return []
        return [_made(number, raw, first(unfinite(raw)), share, None, None, _source(trace, number, share, None))]
    incoming, local = np.broadcast_to(g, raw.shape), np.broadcast_to(local, raw.shape)
    return [
        _made(number, raw, index, share, size_of(incoming[index]), size_of(local[index]), _source(trace, number, share, index))
        for index in firsts((unfinite(raw) & ~unfinite(incoming)) | (np.isnan(raw) & np.isinf(incoming)), raw)
    ]


def _in_sum(trace: Trace, descent: Descent, share: Share, totals: dict[Any, Any]) -> list[Origin]:
    """A sum of finite numbers that is not finite: of a broadcast that is undone, or of paths that meet."""
    before = totals.get(share.edge)
    total = totals[share.edge] = share.value if before is None else before + share.value
    parts = [each for each in (share.raw, before) if each is not None]
    if not unfinite(total).any() or any([unfinite(each).any() for each in parts]):
        return []
    return [_made(trace.number_of(descent.node), total, first(unfinite(total)), share, None, None, None)]


def _made(number: Any, raw: Any, index: Any, share: Share, incoming: Any, local: Any, source: Any) -> Origin:
    return Origin(number, index, size_of(raw[index]), False, False, share, incoming, local, source)


def local_derivative(share: Share, g: Any) -> Any:
    """What a share's rule multiplies by, entry by entry, as an array; None where it does something else."""
    tree = stated(share.rule)
    if tree is None or share.rule is None or factor(resolved(tree, options(share, g))) is None:
        return None
    try:
        with np.errstate(all="ignore"):
            local = np.asarray(share.rule(np.ones_like(g), *share.values.values()))
            product = local * g
    except ValueError:
        return None
    return local if product.shape == share.raw.shape and _agree(product, share.raw) else None


def _agree(product: Any, raw: Any) -> bool:
    """Whether two arrays hold the same numbers, where both are finite."""
    finite = np.isfinite(product) & np.isfinite(raw)
    return bool(np.allclose(product[finite], raw[finite], rtol=1e-3, atol=0))


def _source(trace: Trace, number: int | None, share: Share, index: tuple[int, ...] | None) -> int | None:
    """The number of the first tensor among what the rule works on that is not finite (at that entry)."""
    application = None if number is None else trace.applications.get(number)
    if application is None or number is None:
        return None
    for each in (*[each for each in application.inputs if each is not None], number):
        tensor = trace.tensors[each]
        saved = any([value is tensor.ndarray for value in share.values.values()])
        if saved and _not_finite_at(tensor, share.raw.shape, index):
            return each
    return None


def _not_finite_at(tensor: Tensor, shape: tuple[int, ...], index: tuple[int, ...] | None) -> bool:
    mask = unfinite(tensor)
    if index is None:
        return bool(mask.any())
    try:
        return bool(np.broadcast_to(mask, shape)[index])
    except ValueError:
        return bool(mask.any())
