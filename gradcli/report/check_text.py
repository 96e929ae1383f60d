"""A CheckResult becomes text for people: what was compared, the first entries that differ, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradcli.graph.printing import DEFAULT, format_tensor
from gradcli.report.precision import digits
from gradcli.report.text import Table, Values, shown
from gradcli.run.checking.result import MOST_LISTED, CheckResult, Comparison, Difference

MOST_SHOWN: Final = 5  # entries that differ, and kinks; --json lists more

_DIGITS, _LEAST_DIGITS = 6, 4  # that are told; more would differ from machine to machine

# By reason: what kept differences from settling a derivative, and what would help.
_REASONS: Final = {
    "infinite": "autograd's derivative is infinite, or nan, which no difference of finite numbers confirms; "
    "check at a point beside this one",
    "overflow": "the function is not finite, or has another shape, beside the point (overflow, or the edge of its domain); "
    "check at a point further inside, or take logarithms",
    "steep": "the function is too steep: it changes more over the smallest step than differences can follow; "
    "measure the leaf in a larger unit, as in x = 1e-8*u, and check by u",
    "noise": "the function moves less than its own rounding (noise); take off what is large and constant, or give a --claim, "
    "which is compared with autograd to all digits",
}

Block = Values | Table


def render(result: CheckResult, *, color: bool = False, width: int = 80) -> str:
    """The report without its final newline."""
    return shown(list(_blocks(result)), color=color, width=width)


def _blocks(result: CheckResult) -> Iterator[Block]:
    preface = list(_preface(result))
    if preface:
        yield _lines(preface)
    agreeing = [each for each in result.comparisons if not each.differing]
    if agreeing:
        yield _lines([*map(_said, agreeing), *_kinks(result)])
    for comparison in result.comparisons:
        if comparison.differing:
            yield Values(_said(comparison), [])
            yield _table(comparison, result.points > 1)
            if comparison.ours is not None:
                yield _lines([f"your formula: {comparison.formula}", f"ours:         {comparison.ours}"])
            yield from _named(comparison)
    yield from _unsettled(result)
    if not result.passed:
        yield from _hints(result)
    yield from _reach(result)
    yield Values(result.word, [])


def _lines(texts: list[str]) -> Values:
    return Values(None, [(text, None) for text in texts])


def _preface(result: CheckResult) -> Iterator[str]:
    """What was looked at, where that is not every entry at the point that was given and at others."""
    if result.others is None and (result.points > 1 or result.skipped):
        skipped = f"; {_count(result.skipped, 'draw')} outside the domain" if result.skipped else ""
        yield f"{_count(result.points, 'random point')} (--seed {result.seed}){skipped}"
    if result.weighted == "random":
        yield f"outputs with many elements are checked in a sum with random weights (--seed {result.seed})"
    for leaf, operation, kind in result.symmetric:
        yield f"{leaf} moves along {kind} directions: {operation} takes a {kind} matrix"


def _reach(result: CheckResult) -> Iterator[Values]:
    """At how many points it was looked at, where the check chose them."""
    if result.others is None:
        return
    if result.others:
        others = _count(result.others, "other point")
        yield Values(f"tested at the point given and at {others} of the domain (--seed {result.seed})", [])
    elif result.word != "failed":
        yield Values("tested at 1 point, the one given: no other was found at which all is finite and can be settled", [])


def _unsettled(result: CheckResult) -> Iterator[Values]:
    """Why some derivatives could not be settled, and what would settle them."""
    reasons = dict.fromkeys([reason for each in result.comparisons for reason in each.reasons])
    if reasons:
        yield _lines([f"not settled: {_REASONS[reason]}" for reason in reasons])


def _said(comparison: Comparison) -> str:
    """One line about a leaf, or a claim."""
    of = "second derivatives" if comparison.order == 2 else "derivatives"
    other = "finite differences" if comparison.against == "differences" else "autograd"
    who = f"{comparison.leaf}:" if comparison.formula is None else f"claim {comparison.leaf} = {comparison.formula}:"
    if comparison.differing:
        differ = "differs" if comparison.everything == 1 else "differ"
        spread = " at all points" if comparison.elsewhere else ""
        return f"{who} {comparison.differing:,} of {_count(comparison.everything, of[:-1])}{spread} {differ} from {other}"
    settled = comparison.entries - comparison.unresolved
    if not settled and comparison.unresolved:
        return f"{who} {_count(comparison.unresolved, of[:-1])} could not be settled"
    parts = [f"{who} {_count(settled, of[:-1])} agree{'s' * (settled == 1)} with {other}"]
    if comparison.worst is not None:
        parts[0] += f" to {_DIGITS if comparison.worst < 10.0**-_DIGITS else _LEAST_DIGITS} digits"
    if comparison.kinks:
        parts.append(f"{comparison.kinks:,} of them at a kink")
    if comparison.unresolved:
        parts.append(f"{comparison.unresolved:,} more could not be settled")
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _table(comparison: Comparison, several: bool) -> Table:
    """The first entries that differ, with both numbers and their ratio."""
    headings = ("claim", "autograd") if comparison.against == "claim" else ("autograd", "differences")
    rows: list[tuple[str, ...]] = [("entry", *headings, "ratio")]
    rows += [_row(each, several) for each in comparison.differences[:MOST_SHOWN]]
    if comparison.differing > MOST_SHOWN:
        rows.append((f"... {comparison.differing - MOST_SHOWN:,} more (--json lists {MOST_LISTED})",))
    return Table(rows)


def _row(each: Difference, several: bool) -> tuple[str, ...]:
    label = f"point {each.place.point}, {each.place}" if several else str(each.place)
    few = digits(_DIGITS) or 1
    told = few if f"{each.found:.{few}g}" != f"{each.expected:.{few}g}" else 2 * few
    expected = f"{each.expected:.{told}g}"
    if each.sides is not None:
        expected = f"{each.sides[0]:.{few}g} from the left, {each.sides[1]:.{few}g} from the right"
    ratio = "" if each.ratio is None or each.sides is not None else f"{each.ratio:.{few}g}"
    return label, f"{each.found:.{told}g}", expected, ratio


def _named(comparison: Comparison) -> Iterator[Values]:
    """What one and the same ratio says about a formula."""
    ratio = comparison.ratio
    if ratio is None or (comparison.everything == 1 and not _is_plain(ratio)):
        return
    if abs(ratio + 1) < 1e-6:
        text = "your formula has the wrong sign"
    elif ratio < 0:
        text = f"your formula is {ratio:.6g} times the derivative"
    elif ratio > 1:
        text = f"your formula is {ratio:.6g} times too large"
    elif ratio > 0:
        text = f"your formula is {1 / ratio:.6g} times too small"
    else:
        text = "your formula is 0 everywhere"
    yield Values(text, [])


def _is_plain(ratio: float) -> bool:
    """Whether a ratio looks like a forgotten factor: of a single entry every ratio is constant."""
    return any([abs(each - round(each)) < 1e-6 * abs(each) for each in (ratio, 1 / ratio if ratio else 0.5)])


def _kinks(result: CheckResult) -> Iterator[str]:
    for each in result.kinks[:MOST_SHOWN]:
        yield each.message if result.others is not None or result.points == 1 else f"point {each.place.point}: {each.message}"
    count = sum([comparison.kinks for comparison in result.comparisons])
    if count > MOST_SHOWN:
        yield f"... {count - MOST_SHOWN:,} more kinks"


def _hints(result: CheckResult) -> Iterator[Values]:
    """Where it differs, and the conventions that may be the reason."""
    if result.points > 1 and result.at:
        number, values = result.at[0]
        yield Values(f"point {number}", [(name, _tensor(array)) for name, array in values.items()])
    if result.notes and any([each.differing for each in result.comparisons if each.against == "differences"]):
        yield _lines([f"note: {each.message}" for each in result.notes[:MOST_SHOWN]])


def _tensor(array: Any) -> str:
    options = DEFAULT.changed(digits(DEFAULT.precision))
    return format_tensor(array, default_dtype="float64", options=options)
