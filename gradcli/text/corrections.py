"""An expression with slips of known kinds -> what was meant, as a whole, so that it can be copied and run.

Characters of mathematics and `^` are put into the words of the language, and the `*` of products is written out.  What
could be meant in two ways, such as 1/2x or e^2x, is left to its author.
"""

from __future__ import annotations

import re

from gradcli.errors import Problem
from gradcli.text.nearby_tokens import after
from gradcli.text.syntax_errors import SPELLINGS, SUPERSCRIPTS

_LONGEST = 100  # characters; a hint that repeats more helps nobody
_POWER_OF_FUNCTION = re.compile(r"\b([A-Za-z_]\w{1,20})(?:\^|\*\*)(-?\d{1,3})(\([^()]*\))")  # sin^2(x), as it stands in books
_INVERTIBLE = ("sin", "cos", "tan", "sinh", "cosh", "tanh")
_SUPERSCRIPT = re.compile(f"[{''.join(SUPERSCRIPTS)}]+")
_OPERATORS = {ord(char): text for char, text in SPELLINGS.items() if text in ("*", "/", "-", "==", "<=", ">=", "!=")}
_ENDS, _BEGINS = ("NUMBER", ")"), ("NAME", "(")  # of factors that stand side by side
_QUOTIENTS = ("/", "//", "%")


def mended(source: str) -> str | None:
    """`source` with all its slips put right, or None where some other one is left, or nothing was wrong of this kind."""
    if len(source) > _LONGEST or any([char in source for char in "\"'#\n"]):
        return None
    text = _POWER_OF_FUNCTION.sub(_power_of_function, source).replace("^", "**").translate(_OPERATORS)
    text = _SUPERSCRIPT.sub(lambda found: "**" + "".join([SUPERSCRIPTS[each] for each in found[0]]), text)
    whole = _with_products(text)
    return whole if whole not in (None, source) and _is_expression(str(whole)) else None


def _power_of_function(found: re.Match[str]) -> str:
    """sin(x)**2 for sin^2(x), and asin(x) for sin^-1(x)."""
    name, power, argument = found.groups()
    return f"a{name}{argument}" if power == "-1" and name in _INVERTIBLE else f"{name}{argument}**{power}"


def _with_products(text: str) -> str | None:
    """The text with a `*` between factors that stand side by side; None where that could mean something else."""
    found, end = "", 0
    last, before = "", ""  # the token that has just ended, and what stands before it
    squares = 0
    for terminal, word, begin, finish in after(text, 0):
        squares += (word == "[") - (word == "]")
        if (last in _ENDS and (terminal in _BEGINS or word in _BEGINS)) or (last == ")" and terminal == "NUMBER"):
            is_exponent = before == "**" and terminal == "NAME" and begin == end
            if squares or before in _QUOTIENTS or is_exponent:  # in a list, a comma may be missing
                return None
            found, end = found.rstrip() + "*", begin
        found += text[end:finish]
        before, last, end = (last, "NUMBER" if terminal == "NUMBER" else word, finish)
    return found + text[end:]


def _is_expression(text: str) -> bool:
    from gradcli.text.parser import parse

    try:
        parse(text)
    except Problem:
        return False
    return True
