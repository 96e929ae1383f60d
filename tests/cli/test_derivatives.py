"""`gradcli jacobian`, `hessian`, `jvp` and `hvp`, and `--also`, as people and scripts run them."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from gradcli.report import schema
from tests.cli.test_eval import bash, document
from tests.command import gradcli

MATRIX = ("A @ x", "A=[[1, 2], [3, 4]]", "x=[5, 6]")


def lines(*argv: str, **environment: str) -> list[str]:
    """What a command prints that goes well."""
    run = gradcli(*argv, **environment)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def refused(*argv: str) -> dict[str, Any]:
    """The error of a command, as text and as JSON."""
    text, found = gradcli(*argv), document(gradcli(*argv, "--json"))["error"]
    assert text.stdout == ""
    assert text.stderr.startswith(f"error: {found['message']}")
    return found  # type: ignore[no-any-return]


def valid(name: str, found: Any) -> bool:
    return jsonschema.Draft202012Validator(json.loads(schema.load(name))).is_valid(found)


# --- text -----------------------------------------------------------------------------------------------------------


def test_blocks_have_names_and_say_how_to_read_their_dimensions() -> None:
    assert lines("jacobian", *MATRIX, COLUMNS="40")[3:] == [
        "∂out/∂A = tensor([[[5., 6.],",
        "                   [0., 0.]],",
        "",
        "                  [[0., 0.],",
        "                   [5., 6.]]])",
        "shape [2, 2, 2]: [2] of out, [2, 2] of A",
        "",
        "∂out/∂x = tensor([[1., 2.],",
        "                  [3., 4.]])",
        "shape [2, 2]: [2] of out, [2] of x",
    ]


def test_second_derivatives_are_named_by_both_leaves() -> None:
    found = [line for line in lines("hessian", "(A*x).sum()**2", "x=3", "A=ones(9, 9)") if "∂" in line]
    assert [line.partition(" = ")[0] for line in found] == ["∂²out/∂x²", "∂²out/∂x∂A", "∂²out/∂A∂x", "∂²out/∂A²"]


def test_leaves_share_a_matrix_that_fits() -> None:
    assert lines("jacobian", *MATRIX)[2:] == [
        "∂/∂     A[0, 0]  A[0, 1]  A[1, 0]  A[1, 1]  x[0]  x[1]",
        "out[0]  5        6        0        0        1     2",
        "out[1]  0        0        5        6        3     4",
    ]
    assert lines("hessian", "x**2*y", "x=3", "y=2")[2:] == ["∂²out  x  y", "x      4  6", "y      6  0"]
    assert lines("jacobian", "(x*y, x + y**2)", "x=3", "y=2")[3:] == ["∂/∂     x  y", "out[0]  2  3", "out[1]  1  4"]
    found = document(gradcli("jacobian", "x*y", "x=[1, 2]", "y=3", "--json"))["matrix"]
    assert found == {
        "rows": ["out[0]", "out[1]"],
        "columns": ["x[0]", "x[1]", "y"],
        "value": [[3.0, 0.0, 1.0], [0.0, 3.0, 2.0]],
    }


def test_coo_lists_what_is_not_zero_with_all_digits() -> None:
    found = lines("jacobian", "x / 3", "x=[1, 2]", "--format", "coo")
    assert found[2:] == [
        "∂out/∂x: 2 of 4 entries are not zero",
        "shape [2, 2]: [2] of out, [2] of x; diagonal",
        "",
        "out  x    ∂out/∂x",
        f"[0]  [0]  {1 / 3!r}",
        f"[1]  [1]  {1 / 3!r}",
    ]
    assert lines("jacobian", "x*0 > 0 if x.sum() < 0 else x.detach()*2", "x=[1, 2]", "--format", "coo")[2:] == [
        "∂out/∂x: 0 of 4 entries are not zero",
        "shape [2, 2]: [2] of out, [2] of x; all zero",
    ]


def test_products() -> None:
    assert lines("jvp", "x**2", "x=[1, 2]", "-t", "x=[1, 1]")[2:] == [
        "tangent of x = tensor([1., 1.])",
        "jvp = tensor([2., 4.])",
    ]
    assert lines("hvp", "x**2*y", "x=3", "y=2", "-t", "x=1")[2:] == [
        "tangent of x = tensor(1.)",
        "x.hvp = tensor(4.)",
        "y.hvp = tensor(6.)",
    ]
    assert lines("jvp", "(x, x*y)", "x=3", "y=2", "-t", "y=1")[-2:] == ["out[0].jvp = tensor(0.)", "out[1].jvp = tensor(3.)"]


def test_colour_changes_no_word() -> None:
    plain, colored = [gradcli("jacobian", *MATRIX, "--color", option).stdout for option in ("never", "always")]
    assert "\x1b[" in colored
    words = [word for word in bash(f"printf %s '{colored}' | sed 's/\x1b\\[[0-9;]*m//g'").stdout.split() if word]
    assert [word for word in words if set(word) != {"─"}] == plain.split()


@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
def test_modes_print_the_same(mode: str) -> None:
    argv = ("jacobian", "softmax(x, 0)*y", "x=[1, 2, 3]", "y=2")
    assert lines(*argv, "--mode", mode) == lines(*argv)


# --- JSON -----------------------------------------------------------------------------------------------------------


def test_json_documents() -> None:
    found = document(gradcli("jacobian", *MATRIX, "--json"))
    assert found["schema"] == "gradcli.jacobian/1"
    assert found["jacobian"]["x"] == {"shape": [2, 2], "dtype": "float64", "structure": "dense", "value": [[1, 2], [3, 4]]}
    assert found["jacobian"]["A"]["shape"] == [2, 2, 2]
    assert found["out"]["value"] == [17, 39]
    second = document(gradcli("hessian", "sum(x**2)*y", "x=[1, 2]", "y=3", "--json"))["hessian"]
    assert {(one, other): each["value"] for one, row in second.items() for other, each in row.items()} == {
        ("x", "x"): [[6, 0], [0, 6]],
        ("x", "y"): [2, 4],
        ("y", "x"): [2, 4],
        ("y", "y"): 0,
    }
    assert second["x"]["x"]["structure"] == "diagonal"
    product = document(gradcli("hvp", "x**2*y", "x=3", "y=2", "-t", "x=1", "--json"))
    assert product["tangents"] == {"x": 1}
    assert {name: each["value"] for name, each in product["hvp"].items()} == {"x": 4, "y": 6}
    assert document(gradcli("jvp", "x**2", "x=3", "--json"))["jvp"] == {"shape": [], "dtype": "float64", "value": 6}


def test_json_of_a_tuple_is_a_list() -> None:
    found = document(gradcli("jacobian", "(x, x.sum())", "x=[1, 2]", "--format", "json"))
    assert [each["x"]["value"] for each in found["jacobian"]] == [[[1, 0], [0, 1]], [1, 1]]
    found = document(gradcli("jvp", "(x, x.sum())", "x=[1, 2]", "-t", "x=ones", "--json"))
    assert [each["value"] for each in found["jvp"]] == [[1, 1], 2]


def test_json_of_what_is_not_zero() -> None:
    found = document(gradcli("jacobian", "x[1:]*y", "x=[1, 2, 3]", "y=2", "--json", "--format", "coo"))["jacobian"]
    assert found["x"] == {
        "shape": [2, 3],
        "dtype": "float64",
        "structure": "sparse",
        "indices": [[0, 1], [1, 2]],
        "values": [2, 2],
    }


def test_numbers_that_are_not_finite() -> None:
    argv = ("jacobian", "sqrt(x)", "x=[0, 1]")
    assert document(gradcli(*argv, "--json"))["jacobian"]["x"]["value"] == [["Infinity", 0], [0, 0.5]]
    assert document(gradcli(*argv, "--json", "--nonfinite", "null"))["jacobian"]["x"]["value"] == [[None, 0], [0, 0.5]]
    for way in ("--json", "--color=never"):
        run = gradcli(*argv, "--nonfinite", "error", way)
        assert (run.returncode, run.stdout) == (3, "")
        assert "the derivative of out by x: the value at [0, 0] is inf" in run.stderr


@pytest.mark.parametrize(
    ("argv", "place"),
    [
        (("jacobian", "x**2", "x=[1, 2]"), ("jacobian", "x")),
        (("jacobian", "x**2", "x=[1, 2]", "--format=coo"), ("jacobian", "x")),
        (("hessian", "x**2", "x=1"), ("hessian", "x", "x")),
        (("hvp", "x**2", "x=1"), ("hvp", "x")),
        (("jvp", "x**2", "x=1"), ("jvp",)),
        (("eval", "x**2", "x=1", "--also", "jacobian"), ("jacobian", "x")),
    ],
)
def test_schemas_refuse_what_is_damaged(argv: tuple[str, ...], place: tuple[str, ...]) -> None:
    whole = document(gradcli(*argv, "--json"))

    def block(found: Any) -> Any:
        for name in place:
            found = found[name]
        return found

    for key in block(whole):
        for damage in ({"a": None}, -1.5 if key != "value" else True, None):
            broken = copy.deepcopy(whole)
            if damage is None:
                del block(broken)[key]
            else:
                block(broken)[key] = damage
            assert not valid(whole["schema"], broken), (key, damage)
    for key in ("schema", "expr", "out", place[0]):
        broken = {name: value for name, value in whole.items() if name != key}
        assert valid(whole["schema"], broken) == (whole["schema"] == "gradcli.eval/1" and key == place[0])


# --- scale ----------------------------------------------------------------------------------------------------------


def test_a_large_diagonal_needs_no_large_memory() -> None:
    """A million rows; written out, they would take 8 TB."""
    found = gradcli("jacobian", "exp(x)*2", "x=linspace(0, 1, 1000000)", "--json", "--format", "coo", "--max-memory", "1GB")
    block = json.loads(found.stdout)["jacobian"]["x"]
    assert block["shape"] == [10**6, 10**6]
    np.testing.assert_allclose(block["values"], 2 * np.exp(np.linspace(0, 1, 10**6)))
    assert block["indices"][0] == block["indices"][1] == list(range(10**6))
    error = refused("jacobian", "exp(x)*2", "x=linspace(0, 1, 1000000)", "--max-memory", "1GB")
    assert error["code"] == "limit"
    assert "--format coo" in error["hint"]


def test_a_limit_on_memory_is_kept(tmp_path: Path) -> None:
    assert refused("jacobian", "tanh(randn(2000, 2000) @ x)", "x=ones(2000)", "--max-memory", "40MB")["code"] == "limit"
    run = gradcli("jacobian", "tanh(A @ x)", "A=ones(1000, 1000)", "x=ones(1000)", "--wrt", "x", "--max-memory", "120MB")
    assert run.returncode == 0, run.stderr


def test_a_one_liner_pays_nothing_for_all_this() -> None:
    """The records of all commands are read (gradcli.cli.commands), but nothing that other commands do."""
    program = (
        "import sys; sys.argv = ['gradcli', 'x**2', 'x=3', '--json']; from gradcli.cli.main import main; main(); "
        "print(*[name for name in sys.modules if name.startswith('gradcli')])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = [name for name in run.stdout.splitlines()[-1].split() if not name.startswith("gradcli.cli.commands.")]
    assert "gradcli.cli.main" in modules
    assert not [name for name in modules if any([word in name for word in ("derivatives", "partials", "batch")])]


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "words", "source"),
    [
        (("hessian", "x*2", "x=[1, 2]"), "should contain a single element", "expr"),
        (("jacobian", "x > 1", "x=2"), "out is bool", "expr"),
        (("jacobian", "x*y", "x=2", "-c", "y=3", "--wrt", "y"), "'y', which is a constant", "--wrt"),
        (("jvp", "x*2", "x=[1, 2]"), "The vector v can only be None", "expr"),
        (("jvp", "x*2", "x=[1, 2]", "-t", "x=[1, 2, 3]"), "v has invalid size", "--tangent x"),
        (("jvp", "x*2", "x=[1, 2]", "-t", "x=[1, 2"), "was never closed", "--tangent x"),
        (("jvp", "x*2", "x=1", "-t", "y=1"), "'y', which is not bound", "--tangent"),
        (("jvp", "x*2", "x=1", "-t", "x=1", "-t", "x=2"), "given twice for 'x'", "--tangent"),
        (("jvp", "x*y", "x=1", "y=2", "--wrt", "x", "-t", "y=2"), "is left out by --wrt", "--tangent"),
        (("x**2", "x=1", "--also", "jacobi"), "--also knows no 'jacobi'", "--also"),
    ],
)
def test_errors_say_where(argv: tuple[str, ...], words: str, source: str) -> None:
    error = refused(*argv)
    assert words in error["message"]
    assert error["source"] == source
    assert error["hint"]


@pytest.mark.parametrize(
    "argv",
    [
        ("jacobian",),
        ("jvp", "-t", "x=1"),
        ("jacobian", "x", "x=1", "--mode", "sideways"),
        ("hessian", "x", "x=1", "--format", "dot"),
        ("jvp", "x", "x=1", "-t", "1"),
        ("jvp", "x", "x=1", "-t"),
        ("jacobian", "x", "x=1", "-t", "x=1"),
    ],
)
def test_usage(argv: tuple[str, ...]) -> None:
    run = gradcli(*argv)
    assert (run.returncode, run.stdout) == (2, "")
    assert "hint: " in run.stderr


# --- beside a backward pass, and in batches -------------------------------------------------------------------------


def test_also_prints_blocks_behind_the_gradients() -> None:
    found = lines("eval", "sum(x**3)", "x=[1, 2]", "--also", "jacobian,hessian")
    assert [line.partition(" = ")[0] for line in found if " = " in line] == ["out", "x.grad", "∂out/∂x", "∂²out/∂x²"]
    assert lines("sum(x**3)", "x=[1, 2]", "--also", "jacobian", "--also", "hessian") == found


def test_also_in_json_and_in_batches() -> None:
    alone = document(gradcli("sum(x**3)", "x=[1, 2]", "--also", "hessian", "--json"))
    assert alone["hessian"]["x"]["x"]["value"] == [[6, 0], [0, 12]]
    assert "jacobian" not in alone
    record = {"id": 1, "expr": "sum(x**3)", "vars": {"x": [1, 2]}}
    batch = [{**record, "also": "hessian"}, {**record, "also": ["jacobian", "hessian"]}, record, {**record, "also": 3}]
    run = gradcli("batch", stdin="".join([json.dumps(each) + "\n" for each in batch]).encode())
    first, second, third, fourth = map(json.loads, run.stdout.splitlines())
    assert first == {**alone, "id": 1}
    assert {"jacobian", "hessian"} <= second.keys()
    assert not {"jacobian", "hessian"} & third.keys()
    assert "'also' must be a list of names" in fourth["error"]["message"]
    for each in (first, second, third, fourth):
        assert valid("batch", each)


def test_also_for_every_record_and_not_for_tables() -> None:
    run = gradcli("batch", "x**2", "--also", "jacobian", stdin=b'{"x": [1, 2]}\n')
    assert json.loads(run.stdout)["jacobian"]["x"]["value"] == [[2, 0], [0, 4]]
    run = gradcli("batch", "x**2", "--csv", "--also", "jacobian", stdin=b"x\n1\n")
    assert (run.returncode, run.stdout) == (2, "")


def test_values_come_from_files_and_standard_input(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.array([1.0, 0.0]))
    run = gradcli("jvp", "x*x", "x=@-", "-t", "x=@t.npy", "--json", stdin=b"[3, 4]", folder=tmp_path)
    assert document(run)["jvp"]["value"] == [6, 0]
    run = gradcli("jvp", "x*x", "x=@-#/x", "-t", "x=@-#/t", "--json", stdin=b'{"x": [3, 4], "t": [0, 1]}')
    assert document(run)["jvp"]["value"] == [0, 8]
