"""`gradcli graph` as people and scripts run it: formats, files that are whole or not there, streams and exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import pytest

from gradcli.report import schema
from tests.command import fresh, gradcli

GRADCLI = os.path.join(os.path.dirname(sys.executable), "gradcli")
ROOT = Path(__file__).parents[2]


def graph(*argv: str, folder: Path | None = None, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `gradcli graph`, which has half a minute."""
    return gradcli("graph", *argv, folder=folder, stdin=stdin, timeout=30, **environment)


OPENINGS = {"svg": "<svg ", "dot": "digraph ", "mmd": "flowchart TD", "json": '{"schema": "gradcli.graph/1"', "txt": "grad_fn "}


@pytest.mark.parametrize("ending", OPENINGS)
def test_a_file_is_written_in_the_format_of_its_ending(ending: str, tmp_path: Path) -> None:
    run = graph("x*x", "x=3", "-o", f"a.b.{ending}", folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert [each.name for each in tmp_path.iterdir()] == [f"a.b.{ending}"]
    text = (tmp_path / f"a.b.{ending}").read_text()
    assert text.startswith(OPENINGS[ending])
    assert text.endswith("\n")


def test_the_format_given_goes_before_the_ending(tmp_path: Path) -> None:
    assert graph("x*x", "x=3", "--format", "dot", "-o", "a.svg", folder=tmp_path).returncode == 0
    assert (tmp_path / "a.svg").read_text().startswith("digraph")
    assert graph("x*x", "x=3", "--json", "--format=tree", "-o", "a.svg", folder=tmp_path).returncode == 0
    assert (tmp_path / "a.svg").read_text().startswith("{")


def test_an_ending_that_nothing_writes_is_refused_before_a_file_is_there(tmp_path: Path) -> None:
    run = graph("x*x", "x=3", "-o", "a.jpg", folder=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "graph writes no .jpg files" in run.stderr
    assert "dot -Tjpg" in run.stderr
    assert list(tmp_path.iterdir()) == []
    assert graph("x*x", "x=3", "-o", "a.jpg", "--format", "svg", folder=tmp_path).returncode == 0


def test_json_on_stdout_and_its_errors_on_stderr() -> None:
    found = json.loads(graph("x*y", "x=[1,2]", "y=3", "-w", "ones", "--json").stdout)
    jsonschema.validate(found, json.loads(schema.load("gradcli.graph/1")))
    assert found["nodes"][2]["grad"] == 3.0
    run = graph("x*y", "x=[1,2]", "y=3", "--format", "json")
    assert (run.returncode, run.stdout) == (1, "")
    error = json.loads(run.stderr)["error"]
    assert (error["code"], error["text"]) == ("not-scalar", "x*y")


def test_what_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "graph.svg"
    kept.write_text("before")
    for argv in (["x*y", "x=[1,2]", "y=3"], ["log(x)", "x=0", "--nonfinite", "error"], [" + ".join(["x*x"] * 4000), "x=1"]):
        run = graph(*argv, "--all", "-o", "graph.svg", folder=tmp_path)
        assert run.returncode in (1, 3)
        assert run.stderr.startswith("error: ")
        assert run.stderr.count("hint: ") == 1
        assert [each.name for each in tmp_path.iterdir()] == ["graph.svg"]
        assert kept.read_text() == "before"


def test_a_place_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    begun = time.monotonic()
    run = graph("ones(10**8)*x", "x=1", "-w", "ones", "-o", "no/such/folder.svg", folder=tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    assert "No such file or directory" in run.stderr
    assert time.monotonic() - begun < 10


def test_too_large_for_a_picture_says_the_way_out(tmp_path: Path) -> None:
    large = " + ".join(["x*x"] * 5000)
    run = graph(large, "x=1", "--all", "--format", "svg")
    assert run.returncode == 1
    assert "boxes and bends" in run.stderr
    assert "--format dot" in run.stderr
    assert graph(large, "x=1", "--all", "-o", "graph.dot", folder=tmp_path).returncode == 0
    assert (tmp_path / "graph.dot").read_text().count(" -> ") == 4999 * 2 + 5000 * 2


@pytest.mark.parametrize("kind", ["tree", "dot", "mermaid"])
def test_a_chain_of_twenty_thousand(kind: str, tmp_path: Path) -> None:
    (tmp_path / "chain.txt").write_text("x" + ".sin()" * 20_000)
    with subprocess.Popen(
        ["bash", "-c", f'{GRADCLI} graph "$(cat chain.txt)" x=1 --all --format {kind}'], cwd=tmp_path, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        text = run.stdout.read().decode()
    assert run.returncode == 0
    assert text.count("SinBackward0") == 20_000


def test_chains_that_repeat_are_drawn_together(tmp_path: Path) -> None:
    steps = "; ".join(["y = sin(y)*0.5 + 1"] * 300)
    tree = graph(f"y = x; {steps}; y", "x=1").stdout
    assert len(tree.splitlines()) < 40
    assert "... 29" in tree
    assert " times MulBackward0, SinBackward0, AddBackward0\n" in tree
    assert "AccumulateGrad" in tree
    whole = json.loads(graph(f"y = x; {steps}; y", "x=1", "--json").stdout)
    assert len(whole["nodes"]) == 901
    terms = " + ".join(["x*x"] * 400)
    tree = graph(terms, "x=1").stdout
    assert re.search(r"\.\.\. 39\d times AddBackward0", tree)
    assert "times" not in graph(terms, "x=1", "--all").stdout
    layers = "; ".join([f"h{n} = tanh(h{n - 1} @ w{n % 3})" for n in range(1, 30)])
    assert "times" not in graph(f"h0 = x; {layers}; h29.sum()", "x=[1, 2]", *[f"w{n}=eye(2)" for n in range(3)]).stdout


def test_a_bitmap_by_matplotlib(tmp_path: Path) -> None:
    argv = ("(a + b)*(b + c) + 日本", "a=2", "b=3", "c=4", "日本=1")
    run = graph(*argv, "-o", "graph.png", folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    content = (tmp_path / "graph.png").read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG")
    assert width > 1000
    assert height > 700
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ImportError")
    run = fresh("graph", *argv, "-o", "other.png", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert run.returncode == 1
    assert "hint: install it with: pip install 'gradcli[plot]'" in run.stderr
    assert not (tmp_path / "other.png").exists()


def test_a_picture_is_opened_in_a_browser(tmp_path: Path) -> None:
    run = graph("x*y", "x=1", "y=2", "--open", folder=tmp_path, BROWSER="echo %s", TMPDIR=str(tmp_path))
    (path,) = tmp_path.glob("gradcli-graph-*.svg")
    assert run.stdout.strip() == path.resolve().as_uri()
    assert path.read_text().startswith("<svg ")
    run = graph("x*y", "x=1", "y=2", "--open", "-o", "here.svg", folder=tmp_path, PATH=str(tmp_path))
    assert (run.returncode, run.stderr.partition("\n")[0]) == (1, "error: there is no browser to show the picture")


def test_the_tree_in_a_pipe_in_ascii_and_on_a_terminal() -> None:
    argv = ("y = x*2; y*y", "x=3")
    plain = graph(*argv, COLUMNS="90").stdout
    assert "\x1b" not in plain
    ascii = fresh("graph", *argv, COLUMNS="90", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0").stdout
    assert ascii.isascii()
    terminal = on_terminal("graph", *argv, COLUMNS="90", TERM="xterm", NO_COLOR="")
    assert "\x1b[" in terminal
    assert cells(terminal) == cells(plain)


def cells(text: str) -> list[list[str]]:
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [re.split(r"\s{2,}", line.strip(" │├└\r")) for line in bare.splitlines() if line.strip() and "──" not in line]


def on_terminal(*argv: str, **environment: str) -> str:
    """What the command shows on a terminal."""
    master, slave = pty.openpty()
    run = subprocess.Popen([GRADCLI, *argv], stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **environment})
    os.close(slave)
    shown = b""
    while select.select([master], [], [], 30)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert run.wait(30) == 0
    return shown.decode()


def test_standard_input_and_options_of_eval() -> None:
    run = graph("sum(x*y)*k", "x=@-#/x", "y=@-#/y", "-c", "k=2", "--dtype", "float32", "--json", stdin='{"x": [1, 2], "y": 3}')
    found = {node["name"]: node for node in json.loads(run.stdout)["nodes"]}
    assert (found["x"]["grad"], found["y"]["grad"], found["x"]["dtype"]) == ([6.0, 6.0], 6.0, "float32")
    assert "k" not in found


def test_an_expression_that_begins_with_a_minus() -> None:
    assert "NegBackward0" in graph("-e", "-x**2", "x=2").stdout
    assert "NegBackward0" in graph("--", "-x**2", "x=2").stdout


def test_a_plain_one_liner_pays_nothing_for_it() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gradcli", "x**2", "x=3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "gradcli.run.evaluate" in imported
    assert not [
        each for each in imported if "picture" in each or "layered" in each or each.endswith(("arrivals", "gradcli.cli.graph"))
    ]


def test_the_picture_on_the_page_is_the_one_that_the_command_draws(tmp_path: Path) -> None:
    topics = ROOT / "gradcli" / "cli" / "topics"
    text = (topics / "checking.md").read_text()
    (argv,) = re.findall(r"^\$ gradcli graph (.*)$", text, re.MULTILINE)
    (source,) = re.findall(r'<img .*src="(.*?\.svg)"', text)
    run = subprocess.run(["bash", "-c", f"{GRADCLI} graph {argv} -o graph.svg"], cwd=tmp_path, timeout=60)
    assert run.returncode == 0
    drawn, shown = (ElementTree.canonicalize(path.read_text()) for path in (tmp_path / "graph.svg", topics / source))
    assert drawn == shown, f"draw it anew: gradcli graph {argv} -o {source}"


def test_what_is_saved_is_shown_in_full_where_there_is_room() -> None:
    operands = "sigmoid(first*second + 2)", "tanh(first/second)*cos(first)"
    wide = graph(f"{operands[0]}*({operands[1]})", "first=1", "second=2", COLUMNS="220").stdout
    assert f"self={operands[0]}, other=" in wide
    narrow = graph(f"{operands[0]}*({operands[1]})", "first=1", "second=2", COLUMNS="100").stdout
    assert "..." in narrow
