"""An example for each operation, as a line that may be typed: its first sample, with numbers out of its domain.

In: the rows of the table.  Out: a command line for each, which has been evaluated: with a gradient where that can be, of the
first entry of what gives several, else forward only.  They are saved, as the index of operations is.

A sample is a call, with the shapes or values of its operands in front where they are not (2, 3): "y:3 x @ y",
"x=[0.,1.] sqrt(x)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import Any, Final

from gradcli import artefact_cache
from gradcli.errors import Problem
from gradcli.graph.operation import REQUIRED, Operation
from gradcli.ops.core.domains import Domain

ARTEFACT: Final = "examples.json"

_GIVEN: Final = re.compile(r"([xyzw])([:=])(\S+) (?=\S)")
_USUAL: Final = (2, 3)

Given = dict[str, Any]  # by operand: its shape, or the text of its value


def load() -> dict[str, str]:
    """The command lines, by NAME, or NAME.OVERLOAD where there is one."""
    import json

    from gradcli.ops import index

    examples: dict[str, str] = json.loads(artefact_cache.load(ARTEFACT, build, [*index.sources(), __file__]))
    return examples


def build() -> bytes:
    """The same as JSON, made now: a second's work."""
    import json

    from gradcli.ops import catalogue

    found = {f"{row.name}.{row.overload}".rstrip("."): example(row) for row in catalogue.rows()}
    return json.dumps({name: line for name, line in found.items() if line is not None}, ensure_ascii=False).encode()


def example(row: Operation) -> str | None:
    """The command line of one operation, or None where no form of its sample is an expression that can be shown."""
    return next((line for call, given in _samples(row) if (line := _shown(row, call, given)) is not None), None)


def _shown(row: Operation, call: str, given: Given) -> str | None:
    """The command line of a sample, in the first form of it that works."""
    names = [name for name in "xyzw" if re.search(rf"\b{name}\b", call)]
    domains = row.domain if isinstance(row.domain, tuple) else (row.domain,) * len(names)
    bindings = [
        (name, _value(given.get(name, _USUAL), domain, place)) for place, (name, domain) in enumerate(zip(names, domains))
    ]
    for expr, options in ((call, []), (call, ["-w", "ones"]), (f"{call}[0]", ["-w", "ones"]), (call, ["--no-grad"])):
        if _works(expr, bindings, options):
            return " ".join(["gradcli", *map(_quoted, [expr, *[f"{name}={text}" for name, text in bindings]]), *options])
    return None


def _works(expr: str, bindings: list[tuple[str, str]], options: list[str]) -> bool:
    from gradcli.run.evaluate import answer
    from gradcli.run.request import Request

    bound = [(name, text, False) for name, text in bindings]
    try:
        answer(Request(expr, bound, weights=options[1:], no_grad=options == ["--no-grad"]))
    except Problem:
        return False
    return True


def _samples(row: Operation) -> Iterator[tuple[str, Given]]:
    """Calls, and what is said of their operands: the row's first sample, or calls with numbers, matrices, batches of lines."""
    if row.samples:
        yield _read(row.samples[0])
        return
    operands = [*"xy"[: len(row.operands)]]
    words = [*operands, *["2" for each in row.statics if each.default is REQUIRED]]
    if row.function:
        call = f"{row.name}({', '.join(words)})"
    elif row.method or row.attribute:
        call = f"x.{row.name}" if row.attribute else f"x.{row.name}({', '.join(words[1:])})"
    else:
        call = f" {row.operator} ".join(operands)
    for shape in ((), _USUAL, (1, 3, 2)):
        yield call, dict.fromkeys(operands, shape)


def _read(sample: str) -> tuple[str, Given]:
    """The call of a sample, and what stands in front of it."""
    given: Given = {}
    while match := _GIVEN.match(sample):
        name, sign, text = match.groups()
        given[name] = text if sign == "=" else tuple(map(int, re.findall(r"\d+", text)))
        sample = sample[match.end() :]
    return sample, given


def _value(given: Any, domain: Domain, place: int) -> str:
    """The value that the sample has; or numbers of that shape, spread over a domain, in another order for each operand."""
    if isinstance(given, str):
        return given
    count, width = prod(given), domain.high - domain.low
    step = next(each for each in (7, 5, 3, 1) if count % each)
    texts = [f"{domain.low + width * ((each * step + place) % count + 0.4 + 0.1 * place) / count:.2g}" for each in range(count)]
    for length in reversed(given):
        texts = [f"[{', '.join(texts[start : start + length])}]" for start in range(0, len(texts), max(length, 1))]
    return "".join(texts) or "[]"


def _quoted(word: str) -> str:
    """A word as a shell takes it."""
    if re.fullmatch(r"[\w=.,:+-]+", word):
        return word
    return f"'{word}'" if "'" not in word else f'"{word}"'
