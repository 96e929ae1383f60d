"""What an explanation says, in order: headings, sentences and equations, before any format draws them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from gradcli.report.explaining.items import (
    SECTION,
    STEP,
    Code,
    Derivative,
    Equation,
    Heading,
    Item,
    Numbers,
    Piece,
    Sentence,
    Sign,
)
from gradcli.report.explaining.numbers import is_written_out, number, numbers, shape_of
from gradcli.run.explaining.explanation import Back, Explanation, Link, Path, Value

MOST_STEPS: Final = 40  # of a long derivation the two ends are shown
_MOST_JACOBIAN: Final = 36  # entries of a table of local derivatives

_ORDINALS: Final = ("first", "second", "third")


def story_items(explanation: Explanation) -> Iterator[Item]:
    """The whole story."""
    story = _Story(explanation)
    yield Heading(SECTION, ("Forward: every step from the leaves to the output",))
    yield from story.forward()
    yield Heading(SECTION, ("Backward: every step from the output to the leaves, by the chain rule",))
    yield Sentence(_LESSON)
    yield from story.start()
    for each in shortened(explanation.backward, "steps"):
        yield from [each] if isinstance(each, Sentence) else story.step(each)
    yield Heading(SECTION, ("Gradients",))
    yield from story.gradients()


def shortened(items: Sequence[Any], what: str) -> list[Any]:
    """The items, or the two ends of a long list with a sentence between them."""
    if len(items) <= MOST_STEPS:
        return list(items)
    half = MOST_STEPS // 2
    left_out = Sentence((f"... {len(items) - 2 * half:,} more {what} (--json lists all)",))
    return [*items[:half], left_out, *items[-half:]]


_LESSON: Final[tuple[Piece, ...]] = (
    "Each step takes the gradient that has arrived at its result, multiplies it by its own derivative, "
    "entry by entry, and passes the product on to its operands.  Where a step mixes entries, as a product of "
    "matrices does, its rule is written out.",
)


class _Story:
    """The parts of one explanation's story."""

    def __init__(self, explanation: Explanation) -> None:
        self.all = explanation
        self.values = {each.id: each for each in explanation.forward}

    def symbol(self, id: int) -> str:
        return self.values[id].symbol if id in self.values else "?"

    def derivative(self, id: int) -> Derivative:
        """∂out/∂ of a value."""
        return Derivative(self.all.objective, self.symbol(id))

    # --- forward ----------------------------------------------------------------------------------------------------

    def forward(self) -> Iterator[Item]:
        """A line for each step, with its value."""
        for each in shortened(self.all.forward, "steps"):
            yield each if isinstance(each, Sentence) else self._value(each)
        if self.all.weights is not None or self.values[self.all.output].symbol != self.all.objective:
            yield from self._objective()

    def _value(self, value: Value) -> Equation:
        sides: list[tuple[Piece, ...]] = [(Code(value.symbol),)]
        if value.text != value.symbol:
            sides.append((Code(value.text),))
        remark = None if value.requires_grad or value.operation is not None else "a constant"
        return Equation((*sides, (Numbers(numbers(value.value)),)), remark)

    def _objective(self) -> Iterator[Item]:
        out, total = self.values[self.all.output], self.all.objective
        name, weights = self.all.weights or ("ones", 1)
        of = out.symbol
        product = Code(f"sum({of})" if self.all.weights is None else f"sum({name} * {of})")
        yield Sentence(
            (
                "A gradient is of one number, so the output is weighted and summed: ",
                Code(total),
                " = ",
                product,
                ", with ",
                Code(name),
                " = ",
                Numbers(numbers(weights)),
                ".",
            )
        )

    # --- backward ---------------------------------------------------------------------------------------------------

    def start(self) -> Iterator[Item]:
        """What the pass begins with."""
        out = self.all.output
        if self.all.weights is None:
            yield Equation(((self.derivative(out),), (Numbers("1"),)), "where it starts")
        else:
            name, weights = self.all.weights
            yield Equation(((self.derivative(out),), (Code(name),), (Numbers(numbers(weights)),)), "where it starts")

    def step(self, back: Back) -> Iterator[Item]:
        """The lines of one step back."""
        value = self.values.get(back.id)
        if value is None:
            yield Heading(STEP, ("an inner step",))
        else:
            texts = list(dict.fromkeys([value.symbol, value.text, value.step]))
            yield Heading(STEP, ("through ", Code(" = ".join(texts))))
        yield from self._notes(back.id)
        yield from self._meeting(back.id, back.gradient)
        for place, link in enumerate(back.links):
            yield from self._link(back, link, self._which(back, place))

    def _notes(self, id: int) -> Iterator[Item]:
        """The conventions that this step uses."""
        for note in self.all.notes:
            if note.node == id:
                yield Sentence((f"{note.message[:1].upper()}{note.message[1:]}.",))

    def _meeting(self, id: int, total: Any) -> Iterator[Item]:
        """Where several paths meet: the addition."""
        paths = self.all.paths.get(id, ())
        if len(paths) > 1:
            yield Equation(
                ((self.derivative(id),), _sum(paths), (Numbers(numbers(total)),)), f"{len(paths)} paths meet: they add up"
            )

    def _which(self, back: Back, place: int) -> str | None:
        """Which operand is meant, where the same value stands in several places of one step."""
        input = back.links[place].input
        same = [each for each, link in enumerate(back.links) if link.input == input]
        if len(same) < 2:
            return None
        which = same.index(place)
        return f"the {_ORDINALS[which] if which < len(_ORDINALS) else f'{which + 1}th'} {self.symbol(input)}"

    def _link(self, back: Back, link: Link, which: str | None) -> Iterator[Item]:
        """The local derivative, and what the operand receives; what of several paths it is, or why it is summed."""
        paths = len(self.all.paths.get(link.input, ()))
        remark = which or (f"along this path: {paths} lead to {self.symbol(link.input)}" if paths > 1 else None)
        if link.product.shape != link.value.shape:
            shapes = f"of shape {shape_of(link.value)}, was broadcast to {shape_of(link.product)}"
            remark = f"{self.symbol(link.input)}, {shapes}"
        if link.local is not None:
            yield from self._by_factor(back, link, remark)
        else:
            yield from self._as_a_whole(back, link, remark)

    def _by_factor(self, back: Back, link: Link, remark: str | None) -> Iterator[Item]:
        """The chain rule: what came in, times the local derivative."""
        local = Derivative(self.symbol(back.id), self.symbol(link.input))
        target, incoming = self.derivative(link.input), self.derivative(back.id)
        factor = _factor(link)
        known = [] if factor == link.local else [(Numbers(factor),)]
        if target == local and self._is_start(back):  # the first step: the gradient so far is 1
            known = known if link.product.ndim == 0 else [(Numbers(numbers(link.product)),)]
            yield Equation(((local,), (Code(str(link.local)),), *known), remark)
            return
        yield Equation(((local,), (Code(str(link.local)),), *known), None)
        if link.local == "1":
            yield _received(target, [(incoming,)], link, remark)
            return
        sides: list[tuple[Piece, ...]] = [(incoming, Sign("*"), local)]
        if is_written_out(back.gradient) and is_written_out(link.local_value):
            sides.append((Numbers(_as_operand(numbers(back.gradient))), Sign("*"), Numbers(_as_operand(factor))))
        yield _received(target, sides, link, remark)

    def _is_start(self, back: Back) -> bool:
        is_out = back.id == self.all.output and self.all.weights is None
        return is_out and len(self.all.paths.get(back.id, ())) == 1 and not any([_is_summed(link) for link in back.links])

    def _as_a_whole(self, back: Back, link: Link, remark: str | None) -> Iterator[Item]:
        """A rule that does more than to multiply entry by entry."""
        target, incoming = self.derivative(link.input), self.derivative(back.id)
        if link.moves:
            words: tuple[Piece, ...] = ("the entries of ", incoming, ", each where it came from, and 0 elsewhere")
            yield _received(target, [words], link, remark)
            return
        if link.jacobian is not None and link.jacobian.ndim == 2 and link.jacobian.size <= _MOST_JACOBIAN:
            table = Numbers(numbers(link.jacobian, _MOST_JACOBIAN))
            local = Derivative(self.symbol(back.id), self.symbol(link.input))
            yield Equation(((local,), (table,)), f"a row for each entry of {self.symbol(back.id)}")
        formula: tuple[Piece, ...] = ("by its rule",) if link.whole is None else (Code(link.whole),)
        yield _received(target, [formula], link, remark)

    # --- the end ----------------------------------------------------------------------------------------------------

    def gradients(self) -> Iterator[Item]:
        """Every leaf's gradient, with its closed formula where it has one."""
        for name, leaf in self.all.leaves.items():
            if leaf.gradient is None:
                yield Equation(((Code(f"{name}.grad"),), ("None",)), "the output does not depend on it")
                continue
            paths = self.all.paths.get(leaf.id, ())
            total = [_sum(paths)] if len(paths) > 1 else []
            sides = [(Code(f"{name}.grad"),), (self.derivative(leaf.id),), *total, (Numbers(numbers(leaf.gradient)),)]
            remark = f"{len(paths)} paths meet: they add up" if total else None
            yield Equation(tuple(sides), remark)  # type: ignore[arg-type]
            if leaf.formula is not None:
                yield Equation(((self.derivative(leaf.id),), (Code(leaf.formula),)), "as one formula")


def _received(target: Derivative, sides: list[tuple[Piece, ...]], link: Link, remark: str | None) -> Equation:
    """What an operand receives: the sides, the numbers; where a broadcast is undone, all of them summed."""
    if not _is_summed(link):
        return Equation(((target,), *sides, (Numbers(numbers(link.product)),)), remark)
    words = f"sum{_over(link)} of "
    product = [(words, Numbers(numbers(link.product)))] if is_written_out(link.product) else []
    return Equation(((target,), *[(words, *side) for side in sides], *product, (Numbers(numbers(link.value)),)), remark)


def _is_summed(link: Link) -> bool:
    return bool(link.product.shape != link.value.shape)


def _over(link: Link) -> str:
    """The dimensions along which an operand was repeated."""
    whole, own = link.product.shape, link.value.shape
    if not own:
        return ""
    padded = (1,) * (len(whole) - len(own)) + own
    dims = [str(dim) for dim in range(len(whole)) if padded[dim] != whole[dim] or dim < len(whole) - len(own)]
    return f" over dim{'s' if len(dims) > 1 else ''} {', '.join(dims)}"


def _factor(link: Link) -> str:
    """The numbers of a local derivative; of one that is the same for all entries by its formula, one number."""
    is_number = not any([character.isalpha() for character in str(link.local)])
    return number(link.local_value.flat[0]) if is_number and link.local_value.size else numbers(link.local_value)


def _as_operand(text: str) -> str:
    """Numbers as they stand in a product: a complex one, which is a sum itself, in brackets."""
    return f"({text})" if text[-1:] == "j" else text


def _sum(paths: Sequence[Path]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for each in shortened_paths(paths):
        pieces += [Sign("+"), each if isinstance(each, str) else Numbers(numbers(each.value))]
    return tuple(pieces[1:])


def shortened_paths(paths: Sequence[Path]) -> list[Path | str]:
    """The paths, or a few from both ends."""
    return list(paths) if len(paths) <= 6 else [*paths[:3], "...", *paths[-2:]]
