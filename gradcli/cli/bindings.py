"""From the words of a command line to an expression and its bindings, in the order in which they were written."""

from __future__ import annotations

import keyword

from gradcli.cli.argv import usage
from gradcli.identifiers import is_name

TYPE_CHECKING = False  # type checkers know the name; to import typing for it takes 5 ms
if TYPE_CHECKING:
    from typing import Any, Final

ORDER_HINT: Final = "the expression comes first and in quotes, then NAME=VALUE words: gradcli 'x**2 + y' x=3 y=2"


class Paths(list[str]):
    """What --get names; `as_object` tells that it is wanted as one object of JSON."""

    as_object = False


def settle(values: dict[str, Any]) -> dict[str, Any]:
    """The values that a reader gave, in the form that actions take.

    `expression`, `words` and `const` become `expr` (text, or None) and `bindings`, a list of (name, text, is_constant);
    lists of names are joined (`wrt` is None where it was not given); `json` is True for either way to ask for it.
    Raises Problem where a word binds nothing, or a name is bound twice.
    """
    if "typed" in values:  # words that may say a shape
        values, shapes = _without_shapes(values)
    settled = {name: value for name, value in values.items() if name not in ("expression", "words", "const")}
    if "typed" in values:
        settled["shapes"] = shapes
    if "expression" in values:
        settled["expr"], settled["bindings"] = _bindings(values)
    if values.get("math"):
        settled["expr"], settled["bindings"] = _from_mathematics(settled["expr"], settled["bindings"])
    if "wrt" in values:
        settled["wrt"] = _joined(values["wrt"]) if values["wrt"] else None
    for name in ("retain_grad", "also", "get"):
        if name in values:
            settled[name] = _joined(values[name])
    if "get" in values:
        settled["get"] = Paths(_with_indices(settled["get"]))
        settled["get"].as_object = values["json"] or values.get("format") == "json"
        if "values" in values:
            settled["values"] = values["values"] or any(map(_asks_values, settled["get"]))
    if "format" in values:
        settled["json"] = values["json"] or values["format"] == "json" or bool(settled.get("get"))
    return settled


def _with_indices(paths: list[str]) -> list[str]:
    """Paths that were parted at the commas of an index, x[1,0], as one again."""
    joined: list[str] = []
    for path in paths:
        if joined and joined[-1].count("[") > joined[-1].count("]"):
            joined[-1] += f",{path}"
        else:
            joined.append(path)
    return joined


def _asks_values(path: str) -> bool:
    """Whether a path of --get leads to what documents have with --values only: the value of a leaf, or of a node."""
    first, *rest = path.lstrip("./").replace("/", ".").replace("[", ".").split(".")
    return first in ("leaves", "nodes") and "value" in rest


def _without_shapes(values: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values with NAME:SHAPE words taken out of `typed`, whose others become `words`; and those taken out.

    A name alone is a number.
    """
    import re

    words = values["typed"]
    first = values["expression"]
    if first is not None and values["expr"] is not None:  # with -e every word says something of a name
        words, first = [first, *words], None
    is_shape = [re.fullmatch(r"[^\W\d]\w*\s*(?::[^=]*)?", text) is not None for _, text in words]
    rest = [word for word, says in zip(words, is_shape) if not says]
    return {**values, "expression": first, "words": rest}, [text for (_, text), says in zip(words, is_shape) if says]


def _from_mathematics(
    expr: str | None, bindings: list[tuple[str, str, bool]]
) -> tuple[str | None, list[tuple[str, str, bool]]]:
    """Expression and values as the language has them, where --math lets people write mathematics."""
    from gradcli.ops import index
    from gradcli.text.mathematics import rewritten

    functions = frozenset(index.names())
    bound = [name for name, _, _ in bindings]
    plain = [
        (name, text if text.lstrip().startswith("@") else rewritten(text, functions.__contains__, bound), constant)
        for name, text, constant in bindings
    ]
    parts = [] if expr is None else [rewritten(each, functions.__contains__, bound) for each in expr.split(";;")]
    return None if expr is None else " ;; ".join(parts), plain


def _joined(lists: list[list[str]]) -> list[str]:
    return [name for names in lists for name in names]


def _bindings(values: dict[str, Any]) -> tuple[str | None, list[tuple[str, str, bool]]]:
    """The expression, and what it is to be evaluated with, each (place, text) put back in order."""
    expr, first, words = _given(values), values["expression"], values.get("words", [])
    if first is not None:
        first, words = _rejoined(first, words)
    if first is not None and expr is not None:  # with -e every word is a binding
        if "words" not in values:
            raise usage("the expression is given twice", "give it either as a word or with -e")
        words = [first, *words]
    elif first is not None and "words" in values and _binds(first[1], [*words, *values["const"]]):
        words = [first, *words]  # and so there is no expression, which each command says in its own words
    elif first is not None:
        expr = first[1]
    expr = None if expr is None else _unquoted(expr)
    _refuse_other_things(expr, [text for _, text in words])
    placed = sorted([(*word, False) for word in words] + [(*word, True) for word in values["const"]])
    if values.get("eq") == [] and any(["=" in text and not is_name(text.partition("=")[0].strip()) for _, text in words]):
        raise usage(
            "an equation stands where NAME=VALUE belongs", "several equations: --eq 'x + y = 3' --eq 'x - y = 1' x=0 y=0"
        )
    bindings = [(*binding(text), is_constant) for _, text, is_constant in placed]
    _refuse_repeats([name for name, _, _ in bindings])
    return expr, bindings


_DASHES: Final = "\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"  # that word processors make of hyphens
_QUOTES: Final = {"'": "'", '"': '"', "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}",
                  "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}"}  # fmt: skip


def _unquoted(word: str) -> str:
    """The word without quotes around all of it, which the shell of Windows and word processors leave; no string is meant."""
    first, last = word[:1], _QUOTES.get(word[:1])
    whole = last is not None and len(word) > 2 and word.endswith(last) and word.count(first) + word.count(last) in (2, 4)
    return word[1:-1] if whole and not {first, last} & {*word[1:-1]} else word


def _rejoined(first: tuple[int, str], words: list[tuple[int, str]]) -> tuple[tuple[int, str], list[tuple[int, str]]]:
    """An expression in single quotes whose blanks parted it, in the shell of Windows, as one word again."""
    if not first[1].startswith("'") or "'" in first[1][1:]:
        return first, words
    for place, (_, word) in enumerate(words):
        if "'" in word:
            if word.index("'") < len(word) - 1:
                break
            return (first[0], " ".join([first[1], *[each for _, each in words[: place + 1]]])), words[place + 1 :]
    return first, words


def _given(values: dict[str, Any]) -> str | None:
    """The expression that -e or -f gives, or None."""
    expr: str | None = " ;; ".join(values["expr"]) or None if isinstance(values["expr"], list) else values["expr"]
    path = values.get("file")
    if path is None:
        return expr
    if expr is not None:
        raise usage("the expression is given twice", "give it either with -e or in a file")
    if not path:
        raise usage("--file has no name", "name the file that the expression is in, or '-' for standard input")
    from gradcli.cli.expression_file import read

    return read(path)


def _binds(word: str, others: list[tuple[int, str]]) -> bool:
    """Whether the first word is a binding already, such as x=3, and no statement that the others give values to."""
    name, equals, text = word.partition("=")
    if not equals or not is_name(name) or text[:1] in ("", "=", " ") or ";" in text or "\n" in text:
        return False
    import re

    names = {other.partition("=")[0].strip() for _, other in others}
    return text.startswith("@") or names.isdisjoint(re.findall(r"[^\W\d]\w*", text))


def _refuse_other_things(expr: str | None, words: list[str]) -> None:
    """What is meant as something else than an expression and its bindings is told what it is."""
    if expr is not None and expr.endswith(".py"):
        raise usage(f"'{expr}' is a script, and an expression is wanted", f"run it: gradcli run {expr}")
    for word in words:
        if word == "=" or (is_name(word) and "=" in words):
            raise usage(f"'{word}' is not NAME=VALUE", "a name and its value are one word, without spaces: x=3")
        if "=" not in word and expr is not None and is_name(expr):
            is_bound = any([other.partition("=")[0].strip() == expr for other in words])
            shown = "" if is_bound else f"'{expr}' is no command: gradcli {_shell_quoted(words)}; "
            raise usage(f"'{word}' is not NAME=VALUE, and the expression is '{expr}' already",
                        shown + ORDER_HINT)  # fmt: skip


def binding(word: str, option: str | None = None) -> tuple[str, str]:
    """(name, text of the value) from a NAME=VALUE word, or from the value of an option such as "--tangent"."""
    word = _unquoted(word)
    name, equals, text = word.partition("=")
    name, text = _unquoted(name.strip()), _unquoted(text)
    if keyword.iskeyword(name) and equals:
        raise usage(f"'{name}' is a word of the language, not a name", f"choose another name than in '{word}'")
    if word.startswith("-"):
        raise usage(f"'{word}' is not NAME=VALUE", "options stand before '--', and no name begins with '-'")
    if not is_name(name) or not equals or text.startswith("="):
        if option is not None:
            raise usage(f"{option} takes NAME=VALUE, and '{word}' has no name", f"say of which leaf: {option} 'x={word}'")
        raise usage(f"'{word}' is not NAME=VALUE", _bound_otherwise(word) or ORDER_HINT)
    if not text.strip():
        raise usage(f"'{word}' gives {name} no value", f"for example {name}=3 or '{name}=[1, 2]'")
    return name, text


def _bound_otherwise(word: str) -> str | None:
    """How a word that binds a name as other programs have it, x:3 or x==3, is written here."""
    import re

    if word[:1] in _DASHES:
        return f"an option begins with hyphens: --{word.lstrip(_DASHES + '-')}"
    found = re.fullmatch(r"([^\W\d]\w*)\s*(?::=|==|=>|->|:)\s*([^=:\s].*)", word)
    return f"write {found[1]}={found[2]}" if found else None


def _shell_quoted(words: list[str]) -> str:
    import shlex

    return shlex.join(words)


def _refuse_repeats(names: list[str]) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise usage(f"'{name}' is bound twice", "each name has one value: give one of the two another name")
        seen.add(name)
