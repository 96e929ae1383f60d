"""Lines, as they are typed or piped in, become inputs that are whole."""

from __future__ import annotations

import time

import pytest

from gradcli.text.scripts.gathering import Gathering


def typed(text: str) -> list[str]:
    """The inputs when the lines come one after the other, and what is left at the end."""
    gathering = Gathering()
    done = [each for line in text.split("\n") for each in gathering.add(line)]
    return [*done, gathering.take()] if gathering.lines else done


def piped(text: str) -> list[str]:
    """The inputs when the lines are there already."""
    gathering = Gathering()
    done = [each for line in text.split("\n") for each in gathering.add(line, waiting=True)]
    return [*done, gathering.take()] if gathering.lines else done


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("x = 1\ny = 2", ["x = 1\n", "y = 2\n"]),
        ("x = 1; y = 2", ["x = 1; y = 2\n"]),
        ("x = (1,\n\n 2)\ny", ["x = (1,\n\n 2)\n", "y\n"]),
        ("f('(')\n)", ["f('(')\n", ")\n"]),
        ('x = """a\n\nb: (\n"""\ny', ['x = """a\n\nb: (\n"""\n', "y\n"]),
        ('f"""{x\n}\n{y:\n}"""\nz', ['f"""{x\n}\n{y:\n}"""\n', "z\n"]),
        ("x = 1 + \\\n  2\ny", ["x = 1 + \\\n  2\n", "y\n"]),
        ("x = 'a\ny", ["x = 'a\n", "y\n"]),
        ("x = [1,\n)\ny", ["x = [1,\n)\n", "y\n"]),
        ("x +\ny", ["x +\n", "y\n"]),
        ("# only\n\n   # comments", []),
        (":help\n:grads", [":help\n", ":grads\n"]),
        ('"""\n:help\n"""', ['"""\n:help\n"""\n']),
        ("if x:\n  y\nelse:\n  z\nw", ["if x:\n  y\nelse:\n  z\n", "w\n"]),
        ("if x: y\nelif z: w\nv", ["if x: y\nelif z: w\n", "v\n"]),
        ("try:\n  x\nexcept E:\n  y\nfinally:\n  z\nw", ["try:\n  x\nexcept E:\n  y\nfinally:\n  z\n", "w\n"]),
        ("for x in y:\n  z\n# a comment\n  w\nv", ["for x in y:\n  z\n# a comment\n  w\n", "v\n"]),
        ("@a\n@b(1)\ndef f():\n  x\n:grads", ["@a\n@b(1)\ndef f():\n  x\n", ":grads\n"]),
        ("while x:\n  f(1,\n2)\n  y\nz", ["while x:\n  f(1,\n2)\n  y\n", "z\n"]),
    ],
)
def test_a_statement_is_whole_however_its_lines_come(text: str, inputs: list[str]) -> None:
    assert typed(text) == inputs
    assert piped(text) == inputs


def test_an_empty_line_ends_a_block_by_hand_and_not_in_a_file() -> None:
    text = "def f():\n  x\n\n  y\n"
    assert typed(text) == ["def f():\n  x\n\n", "  y\n"]
    assert piped(text) == [text + "\n"]
    assert typed("def f():\n\nx") == ["def f():\n\n", "x\n"]


def test_what_is_wrong_is_said_at_once_by_hand_and_with_its_block_in_a_file() -> None:
    text = "for x in y z:\n  print(x)\nw"
    assert typed(text) == ["for x in y z:\n", "  print(x)\n", "w\n"]
    assert piped(text) == ["for x in y z:\n  print(x)\n", "w\n"]


def test_a_long_block_from_a_file_is_not_read_again_and_again() -> None:
    start = time.process_time()
    assert len(piped("def f():\n" + "  x = g(1, [2, 3])\n" * 5000 + "y")) == 2
    assert time.process_time() - start < 10
