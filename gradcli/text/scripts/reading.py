"""A whole script: characters -> tokens -> syntax tree -> the same tree, found to mean something."""

from __future__ import annotations

from typing import cast

from gradcli.errors import Problem
from gradcli.text.lexer import Token
from gradcli.text.parser import derive, finish
from gradcli.text.scripts.building import SCRIPT_ACTIONS
from gradcli.text.scripts.layout import DEDENT, check_script, script_tokens
from gradcli.text.scripts.validation import validate
from gradcli.text.statements import Script
from gradcli.text.tables import END, load


def read_script(source: str, name: str) -> Script:
    """See `gradcli.text.parse_script`."""
    try:
        check_script(source)
        tables = load("program")
        script = cast(Script, derive(source, script_tokens(source, tables), tables, SCRIPT_ACTIONS, _unexpected))
        validate(script)
        return script
    except Problem as problem:
        finish(problem, source, name)
        raise


def _unexpected(source: str, token: Token, reached: int, expected: set[str]) -> Problem:
    from gradcli.text.scripts import hints  # sentences are loaded when one is needed

    problem = hints.unexpected(source, token, reached, expected)
    if token[0] in (DEDENT, END) and _says_nothing(source[reached:]):
        problem.unfinished = "block"
    return problem


def _says_nothing(text: str) -> bool:
    """Whether there are only blanks and comments."""
    return all([line[:1] in ("", "#") for line in map(str.strip, text.splitlines())])
