"""Where PyTorch makes a derivative of a saved result that has lost its digits: its number, and a note with the exact one."""

from __future__ import annotations

import json

import pytest

from tests.command import gradcli

TAIL = "4.24835425529159e-18"


@pytest.mark.parametrize(
    ("expr", "x", "exact"),
    [
        ("sigmoid(x)", "40", TAIL),
        ("tanh(x)", "-20", "1.69934170211148e-17"),
        ("expm1(x)", "-40", TAIL),
        ("softmax(x, 0)[0]", "[40, 0]", TAIL),
        ("log_softmax(x, 0)[1]", "[0, 40]", TAIL),
        ("cross_entropy(x, tensor(0))", "[40, 0]", TAIL),
        ("2 * sigmoid(x) + 1", "40", TAIL),
        ("sigmoid(x)", "float32", "4.13993623715824e-08"),
    ],
)
def test_a_note_has_the_exact_derivative(expr: str, x: str, exact: str) -> None:
    given = ["x=17", "--dtype", "float32"] if x == "float32" else [f"x={x}"]
    text = gradcli(expr, *given)
    (note,) = json.loads(gradcli(expr, *given, "--json").stdout)["notes"]
    assert (text.returncode, note["code"], note["interval"], note["count"]) == (0, "lost-digits", None, 1)
    assert note["message"] in text.stdout
    assert float(note["message"].rpartition(" ")[2]) == pytest.approx(float(exact), rel=1e-5 if x == "float32" else 1e-13)


@pytest.mark.parametrize("command", [["jacobian"], ["hessian"], ["jvp", "-t", "x=1"], ["hvp", "-t", "x=1"]])
def test_derivatives_beyond_one_pass_tell_it_too(command: list[str]) -> None:
    assert f"exactly {TAIL}" in gradcli(*command, "sigmoid(x)", "x=40").stdout


def test_records_of_a_batch_tell_it_of_themselves() -> None:
    records = "".join(f'{{"x": {x}}}\n' for x in (1, 2, 40, 3, 4, 5, 6, 7))
    lines = gradcli("batch", "tanh(x)", stdin=records).stdout.splitlines()
    assert [len(json.loads(line)["notes"]) for line in lines] == [0, 0, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("expr", "x"),
    [
        ("sigmoid(x)", "5"),
        ("sigmoid(x)", "-40"),
        ("sigmoid(x)", "inf"),
        ("sigmoid(x)*0", "40"),
        ("softmax(x, 0)[0]", "[0, 40]"),
    ],
)
def test_nothing_is_said_where_the_digits_are_there_or_not_needed(expr: str, x: str) -> None:
    assert json.loads(gradcli(expr, f"x={x}", "--json").stdout)["notes"] == []
