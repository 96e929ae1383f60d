"""`gradcli eval` as people and scripts run it: the installed command, its streams, its exit codes."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from gradcli.cli import main
from gradcli.report import schema
from tests.command import gradcli

GRADCLI = os.path.join(os.path.dirname(sys.executable), "gradcli")


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Any:
    """The same in this process, where a run costs a hundredth: for what does not depend on streams and signals."""
    was_enabled = gc.isenabled()

    def run(*argv: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["gradcli", *argv])
        if folder is not None:
            monkeypatch.chdir(folder)
        code = main.main()
        return subprocess.CompletedProcess(argv, code, *capfd.readouterr())

    yield run
    gc.unfreeze()
    if was_enabled:
        gc.enable()


def bash(command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command line of bash's in which `gradcli` is the installed command."""
    path = os.path.dirname(GRADCLI) + os.pathsep + os.environ["PATH"]
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
    )


def document(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one JSON document of a run with --json, on stdout if it went well and else on stderr; it fits its schema."""
    text, other = (run.stdout, run.stderr) if run.returncode == 0 else (run.stderr, run.stdout)
    assert other == ""
    assert text.count("\n") == 1
    found: dict[str, Any] = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    jsonschema.validate(found, json.loads(schema.load(found["schema"])))
    return found


# ---- the answer


def test_text() -> None:
    run = gradcli("mean(3*(x+2)**2)", "x=ones(2,2)")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("out = tensor(27., grad_fn=<MeanBackward0>)\n")
    assert run.stdout.endswith("x.grad = tensor([[4.5000, 4.5000],\n                 [4.5000, 4.5000]])\n")


def test_json() -> None:
    found = document(gradcli("x*y", "x=2", "y=3", "-w", "0.5", "--values", "--json", "--retain-graph"))
    assert found["out"] == {
        "value": 6.0,
        "shape": [],
        "dtype": "float64",
        "requires_grad": True,
        "grad_fn": "MulBackward0",
    }
    assert found["grads"] == {"x": 1.5, "y": 1.0}
    assert found["passes"] == [{"weights": 0.5, "retain_graph": True, "grads": {"x": 1.5, "y": 1.0}}]
    assert [node.get("value") for node in found["nodes"]] == [2.0, 3.0, 6.0]


def test_float32_everywhere(run_here: Any) -> None:
    found = document(run_here("x/3", "x=[1, 2]", "-w", "[0.1, 1]", "--dtype", "float32", "--json"))
    assert found["out"]["value"] == [0.33333334, 0.6666667]
    assert found["grads"]["x"] == [0.033333335, 0.33333334]
    assert {node["dtype"] for node in found["nodes"]} == {"float32"}


def test_files_of_every_kind(run_here: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "half size.npy", np.array([1.5, 2], np.float16))
    np.save(tmp_path / "i=1#2.npy", np.array([1, 0]))
    np.savez(tmp_path / "é.npz", a=np.array(2.5), b=np.eye(2))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    found = document(
        run_here(
            "(h[i]*s).sum() + t.sum()",
            "h=@half size.npy",
            "-c",
            "i=@i=1#2.npy",
            "s=@é.npz#a",
            "t= @./t.csv#b",
            "--json",
            "--dtype",
            "float32",
            folder=tmp_path,
        )
    )
    assert {name: leaf["dtype"] for name, leaf in found["leaves"].items()} == {
        "h": "float16",
        "s": "float64",
        "t": "float32",
    }
    assert found["grads"] == {"h": [2.5, 2.5], "s": 3.5, "t": [1.0, 1.0]}


def test_standard_input_may_serve_several_values() -> None:
    text = b'{"x": [1, 2], "y": 3, "w": [1, 10]}'
    found = document(gradcli("x*y", "x=@-#/x", "y=@-#/y", "-w", "@-#/w", "--json", stdin=text))
    assert found["grads"] == {"x": [3.0, 30.0], "y": 21.0}


def test_seeds_are_pytorch_s(run_here: Any) -> None:
    drawn = [document(run_here("rand(2)", "--seed", seed, "--json"))["out"]["value"] for seed in ("0", "0", "-1")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert document(run_here("rand(2)", "--seed", "0", "--dtype", "float32", "--json"))["out"]["value"] == [
        0.4962566,
        0.7682218,
    ]


# ---- numbers that are not finite


@pytest.mark.parametrize(("nonfinite", "value"), [("string", "Infinity"), ("null", None)])
def test_infinities_in_json(run_here: Any, nonfinite: str, value: Any) -> None:
    found = document(run_here("1/x", "x=0", "--json", "--nonfinite", nonfinite))
    assert found["out"]["value"] == value


@pytest.mark.parametrize("options", [["--json"], []])
def test_an_error_for_what_is_not_finite_in_either_format(run_here: Any, options: list[str], tmp_path: Path) -> None:
    run = run_here("x*nan", "x=1", "--nonfinite", "error", "--save-grads", "g.npz", *options, folder=tmp_path)
    assert (run.returncode, run.stdout) == (3, "")
    assert "out: the value is nan, which is not a finite number" in run.stderr
    assert os.listdir(tmp_path) == []


# ---- errors: the code, nothing on stdout, and one document where JSON is asked for


ERRORS = [
    (2, "syntax", ["x**", "x=1"]),
    (2, "syntax", ["x", "x=[1,"]),
    (2, "syntax", [""]),
    (2, "syntax", ["x*2", "x=[1, 2]", "-w", ""]),
    (2, "usage", ["x", "x=1", "--passes", "0"]),
    (2, "usage", ["x", "x=1", "x=2"]),
    (2, "usage", ["-x", "x=1"]),
    (2, "usage", ["x", "x=1", "-w"]),
    (1, "unknown-name", ["y", "x=1"]),
    (1, "unknown-name", ["x", "x=1", "--wrt", "y"]),
    (1, "argument", ["x", "x=1", "--wrt", ","]),
    (1, "unknown-name", ["x", "x=1", "--retain-grad", "y"]),
    (1, "shape-mismatch", ["x + y", "x=[1, 2]", "y=[1, 2, 3]"]),
    (1, "not-scalar", ["x", "x=[1, 2]"]),
    (1, "not-scalar", ["x, x", "x=1"]),
    (1, "no-grad", ["x.detach()", "x=1"]),
    (1, "second-backward", ["x*x", "x=1", "--passes", "2"]),
    (1, "file", ["x", "x=@no/such.npy"]),
    (1, "file", ["x", "x=@"]),
    (1, "limit", ["ones(10**12)", "--max-memory", "1GB"]),
    (1, "limit", ["9**9**9**9"]),
    (1, "limit", ["(" * 100_000]),
    (1, "limit", ["x*x", "x=1", "--passes", str(2**62), "--retain-graph"]),
    (1, "limit", ["randn(10**9).sum()", "--max-time", "50ms"]),
    (1, "zero-division", ["1/0"]),
    (1, "type", ["sum"]),
    (1, "overflow", ["2**63"]),
    (1, "file", ["x", "x=1", "--save-grads", ""]),
    (1, "file", ["x", "x=1", "--save-grads", "no/such/folder.npz"]),
]


@pytest.mark.parametrize(("exit", "code", "argv"), ERRORS, ids=[f"{code}-{index}" for index, (_, code, _) in enumerate(ERRORS)])
def test_an_error_is_a_document_and_nothing_else(run_here: Any, exit: int, code: str, argv: list[str], tmp_path: Path) -> None:
    run = run_here("--json", *argv, folder=tmp_path)
    assert run.returncode == exit
    error = document(run)["error"]
    assert error["code"] == code
    assert error["message"]
    assert os.listdir(tmp_path) == []
    if error["span"] is not None:
        span = error["span"]
        assert 0 <= span["start"] <= span["end"] <= len(error["text"])


def test_an_error_in_text_is_a_sentence_with_a_caret(run_here: Any) -> None:
    run = run_here("1 + log_sofmax(x)", "x=1")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        "error: name 'log_sofmax' is not defined",
        "  1 + log_sofmax(x)",
        "      ^^^^^^^^^^",
        "hint: did you mean 'log_softmax'?",
    ]


# ---- gradients into files


def test_saved_gradients(run_here: Any, tmp_path: Path) -> None:
    assert run_here("sum(x*y)", "x=[1, 2]", "y=3", "--save-grads", "g.npz", folder=tmp_path).returncode == 0
    with np.load(tmp_path / "g.npz") as saved:
        assert {name: saved[name].tolist() for name in saved} == {"x": [3, 3], "y": 3}
    assert run_here("x*2", "x=1", "y=2", "--save-grads", "g.json", folder=tmp_path).returncode == 0
    assert json.loads((tmp_path / "g.json").read_text()) == {"x": 2.0, "y": None}


def test_a_failure_leaves_the_old_file_and_nothing_else(run_here: Any, tmp_path: Path) -> None:
    (tmp_path / "g.npz").write_bytes(b"old")
    for argv in (["x", "x=[1, 2]"], ["x*nan", "x=1", "--nonfinite", "error"], ["x**", "x=1"]):
        assert run_here(*argv, "--save-grads", "g.npz", folder=tmp_path).returncode > 0
    assert (os.listdir(tmp_path), (tmp_path / "g.npz").read_bytes()) == (["g.npz"], b"old")


# ---- streams, signals, surroundings


def test_a_reader_that_has_enough_is_no_failure() -> None:
    run = bash("gradcli 'x + 0' x='rand(200000)' -w ones --json | head -c 10; echo ${PIPESTATUS[0]}")
    assert (run.stdout.endswith("0\n"), run.stderr) == (True, "")


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        (">&-", 1, "cannot write the result"),
        ("2>&-", 0, ""),
        ("<&-", 0, ""),
        ("> /dev/full", 1, "No space left on device"),
    ],
)
def test_streams_that_are_closed_or_full(redirection: str, code: int, words: str) -> None:
    if "/dev/full" in redirection and not os.path.exists("/dev/full"):
        return
    run = bash(f"gradcli 'x**2' x=3 {redirection}")
    assert (run.returncode, words in run.stderr, "Traceback" in run.stderr) == (code, True, False)


def interrupted(argv: list[str], after: float, stdin: bytes = b"") -> tuple[int, str, str, float]:
    """Exit code, stdout, stderr and seconds of a run that gets Ctrl-C once it computes."""
    process = subprocess.Popen([GRADCLI, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.flush()
    time.sleep(after)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out.decode(), err.decode(), time.monotonic() - started


@pytest.mark.parametrize(
    "argv",
    [
        ["x", "x=@-"],
        ["x*x", "x=3", "--passes", "1000000", "--retain-graph"],
        ["x @ x", "x=ones(7000, 7000)", "-w", "ones"],
    ],
)
def test_ctrl_c_ends_it_soon_whatever_it_is_doing(argv: list[str]) -> None:
    code, out, err, seconds = interrupted(argv, 0.7)
    assert (code, out, err) == (130, "", "error: interrupted\n")
    assert seconds < 10


def test_a_time_limit_ends_a_product_of_matrices() -> None:
    started = time.monotonic()
    run = gradcli("x @ x", "x=ones(9000, 9000)", "-w", "ones", "--max-time", "0.3", "--json")
    assert time.monotonic() - started < 10
    assert (run.returncode, document(run)["error"]["message"]) == (1, "stopped after 0.3 s, the limit on time")


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"TERM": ""},
        {"COLUMNS": "1"},
        {"COLUMNS": "-3"},
    ],
)
def test_odd_surroundings(environment: dict[str, str]) -> None:
    run = gradcli("mean(3*(x+2)**2)", "x=ones(2,2)", **environment)
    assert (run.returncode, run.stderr) == (0, "")
    assert "4.5000" in run.stdout


def test_bytes_that_are_no_text() -> None:
    for argv in (["x\udcff", "x=1"], ["x", "x=\udcff"], ["x", "x=@\udcff.npy"], ["x", "\udcff=1"]):
        run = gradcli(*argv, "--json")
        assert run.returncode in (1, 2)
        assert document(run)["error"]["message"]


def test_notes_are_told_where_they_are_asked_for() -> None:
    note = "note: kink in relu(x) at [1]: any value in [0, 1] is a subgradient; PyTorch's convention, used here: 0 at 0"
    assert note not in gradcli("relu(x).sum()", "x=[1, 0]").stdout
    assert gradcli("relu(x).sum()", "x=[1, 0]", "--notes").stdout.endswith(f"\n\n{note}\n")
    (told,) = json.loads(gradcli("relu(x).sum()", "x=[1, 0]", "--json").stdout)["notes"]
    assert (told["code"], told["node"], told["index"], told["interval"]) == ("kink", 1, [1], [0, 1])
    record = json.dumps({"expr": "relu(x).sum()", "vars": {"x": [1, 0]}})
    assert json.loads(gradcli("batch", stdin=record.encode()).stdout)["notes"] == [told]


@pytest.mark.parametrize(
    ("text", "gradients"),
    [("1\n2\n3", [2.0, 4.0, 6.0]), ("1,2\n3,4", [[2.0, 4.0], [6.0, 8.0]]), ("[1,\n2]", [2.0, 4.0]), ("a\n1\n2", [2.0, 4.0])],
)
def test_a_value_of_several_lines_is_read_as_a_file_is(text: str, gradients: object) -> None:
    assert json.loads(gradcli("sum(x**2)", f"x={text}", "--get", "grads.x").stdout) == gradients


def test_a_value_of_several_lines_may_be_an_expression() -> None:
    assert gradcli("sum(x)", "x=a = 3\na*2", "--get", "out.value").stdout == "6.0\n"
    assert gradcli("sum(x)", "x=ones(\n2)", "--get", "out.value").stdout == "2.0\n"


def test_a_leaf_that_gave_another_its_value_is_told_why_it_has_no_gradient() -> None:
    found = gradcli("x**2", "u=3", "x=2*u")
    assert "u.grad is None: x was computed from u before the graph began" in found.stderr
    assert "write instead: x = 2*u; x**2" in found.stderr
    assert gradcli("x = 2*u; x**2", "u=3", "--get", "grads.u").stdout == "24.0\n"
    for argv in (("x*u", "u=3", "x=2*u"), ("x", "u=3", "x=2*u", "--wrt", "x"), ("x", "-c", "u=3", "x=2*u")):
        assert gradcli(*argv).stderr == ""


def test_an_expression_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "expression.txt"
    path.write_text("\ufeff# steps\ny = x + 2\ny**2\n", encoding="utf-8")
    assert gradcli("-f", str(path), "x=1", "--get", "grads.x").stdout == "6.0\n"
    assert gradcli("hvp", "--file", str(path), "x=1", "-t", "x=1", "--get", "hvp.x.value").stdout == "2.0\n"
    assert gradcli("-f", "-", "x=3", "--get", "grads.x", stdin=b"x**2\n").stdout == "6.0\n"
    for argv, code, sentence in (
        ((str(tmp_path / "none"),), 1, "No such file or directory"),
        ((str(path), "-e", "x"), 2, "the expression is given twice"),
        ((sys.executable,), 1, "not UTF-8 text"),
    ):
        run = gradcli("-f", *argv, "x=1")
        assert (run.returncode, run.stdout) == (code, "")
        assert run.stderr.startswith(f"error: {sentence}")
