"""`--get`: bare values for shells, out of the document that `--json` prints."""

from __future__ import annotations

import pytest

from tests.command import gradcli


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["x**2", "x=3", "--get", "out.value,grads.x"], "9.0\t6.0"),
        (["x**2", "x=[1, 2]", "-w", "ones", "--get", "grads", "--get", "out.grad_fn"], '{"x": [2.0, 4.0]}\tPowBackward0'),
        (["x/3", "x=0.3", "--dtype", "float32", "--get", "out.value"], "0.1"),
        (["2*x", "x=3", "-c", "k=1", "--get", "out.requires_grad,nodes.0.grad_fn"], "true\tnull"),
        (["jacobian", "x*x", "x=[1, 2]", "--get", "jacobian.x.value"], "[[2.0, 0.0], [0.0, 4.0]]"),
        (["hessian", "x**3", "x=3", "--get", "hessian.x.x.value"], "18.0"),
        (["check", "x**2", "x=3", "--get", "passed"], "true"),
        (["x**2", "x=[1, 2]", "-w", "ones", "--get", "leaves.x.value,/nodes/1/value/0"], "[1.0, 2.0]\t1.0"),
        (["x**2", "x=[[1, 2]]", "-w", "ones", "--get", "grads.x[0,1],nodes[-1].source,$.out['shape'][0]"], "4.0\tx**2\t1"),
        (["log(x, 2) + max(x[None], dim=0)[0] + max(x, 1, 3)", "x=2", "--get", "out.value"], "6.0"),
        (["abs(z**2)", "z=1+2j", "--get", "grads.z.re,grads.z.im"], "2.0\t4.0"),
        (["formula", "x**2*y", "--get", "grads.x"], "2*x*y"),
        (["graph", "x*y", "x=3", "y=2", "--get", "nodes[0].grad_fn"], "MulBackward0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_values_come_bare_with_tabs_between_them(argv: list[str], line: str) -> None:
    run = gradcli(*argv)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{line}\n", "")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("grads.y", "'grads' of the document has x"),
        ("grad.x", "did you mean 'grads'?"),
        ("out.value.x", "'out.value' of the document is a number"),
        ("nodes.7", "'nodes' of the document has 0, 1"),
        ("value", "did you mean 'out.value'?"),
        ("x.grad", "did you mean 'grads.x'?"),
        ("nothing", "the document has schema, expr, out,"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_where_it_ends(path: str, hint: str) -> None:
    run = gradcli("x**2", "x=3", f"--get={path}")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"error: --get finds no '{path}'\nhint: {hint}")


def test_a_batch_has_a_short_line_for_each_record_and_a_document_for_each_error() -> None:
    run = gradcli("batch", "x**2", "--get", "out.value,grads.x", stdin='{"x": 1}\n{"y": 1}\n{"x": 3}\n')
    first, error, last = run.stdout.splitlines()
    assert (run.returncode, first, last) == (1, "1.0\t2.0", "9.0\t6.0")
    assert error.startswith('{"schema": "gradcli.error/1", "line": 2, ')
    assert gradcli("batch", "x", "--get", "grads.y", stdin='{"x": 1}\n').returncode == 1


@pytest.mark.parametrize("path", ["out.val", "leaves.x.foo", "nothing", "passes[0].grad", "checks.0.left"])
def test_a_path_that_no_document_has_is_one_error_before_any_record_is_read(path: str) -> None:
    run = gradcli("batch", "x**2", "--get", path, stdin='{"x": 1}\n{"x": 2}\n')
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"error: --get finds no '{path}'\nhint: ")
    assert run.stderr.count("\n") == 2


def test_a_table_has_columns_of_its_own() -> None:
    run = gradcli("batch", "x**2", "--csv", "--get", "out.value", stdin="x\n1\n")
    assert (run.returncode, run.stdout) == (2, "")
    assert "a table has no place for --get" in run.stderr


def test_warnings_stay_on_stderr() -> None:
    run = gradcli("log(x)", "x=0", "--get", "out.value,grads.x")
    assert (run.returncode, run.stdout, run.stderr.count("warning: ")) == (0, "-Infinity\tInfinity\n", 2)
    assert "warning: " in gradcli("hessian", "norm(x)**3", "x=[0, nan]", "--get", "hessian.x.x.value").stderr
