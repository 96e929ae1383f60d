"""`gradcli batch` as a process: a stream in, a stream out, in constant memory, and nothing stops it but its end."""

from __future__ import annotations

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

from gradcli.report import schema
from tests.command import gradcli

GRADCLI = os.path.join(os.path.dirname(sys.executable), "gradcli")
EVAL, ERROR = "gradcli.eval/1", "gradcli.error/1"


def batch(*argv: str, stdin: bytes | str, folder: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run `gradcli batch` on all of `stdin`."""
    run = gradcli("batch", *argv, stdin=stdin, folder=folder, timeout=120)
    out, err = (text.encode(errors="surrogateescape") for text in (run.stdout, run.stderr))
    return subprocess.CompletedProcess(run.args, run.returncode, out, err)


def documents(run: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """The documents of a run, each held against its schema."""
    found = [
        json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is not JSON")) for line in run.stdout.splitlines()
    ]
    for each in found:
        jsonschema.validate(each, json.loads(schema.load("batch")))
    return found


# ---- records


def test_each_line_has_its_document_and_one_failure_is_exit_1() -> None:
    lines = [
        {"id": 1, "expr": "sum(x**2)", "vars": {"x": [1, 2]}},
        {"id": [None], "expr": "y"},
        "no JSON",
        {"expr": "k*2", "const": {"k": 3}},
        {"id": 5, "expr": "x", "vars": {"x": [1, 2]}, "weights": [1, 0.5], "values": True, "dtype": "float32"},
    ]
    run = batch(stdin="\n\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines))
    assert (run.returncode, run.stderr) == (1, b"")
    found = documents(run)
    assert [(each["schema"], each.get("id", "none"), each.get("line")) for each in found] == [
        (EVAL, 1, None),
        (ERROR, [None], 3),
        (ERROR, "none", 5),
        (EVAL, "none", None),
        (EVAL, 5, None),
    ]
    assert found[0]["grads"] == {"x": [2.0, 4.0]}
    assert found[4]["grads"] == {"x": [1.0, 0.5]}
    assert batch("x", stdin='{"x": 1}\n').returncode == 0
    assert (batch("x", stdin="").returncode, batch("x", stdin="\n \n").stdout) == (0, b"")


def test_the_command_line_holds_for_every_record(tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", np.array([1, 2]))
    run = batch(
        "x*k",
        "-c",
        "k=@k.npy",
        "-w",
        "ones",
        "--dtype",
        "float32",
        "--no-grad",
        stdin='{"x": 0.1}\n{"x": 2, "k": 1}\n',
        folder=tmp_path,
    )
    first, second = documents(run)
    assert (first["out"]["value"], first["passes"]) == ([0.1, 0.2], [])
    assert second["out"]["value"] == 2.0


def test_what_is_wrong_with_the_command_line_is_said_once() -> None:
    for argv, code, words in (
        (["x**"], 2, "an operand is missing"),
        (["x*k", "-c", "k=nosuch"], 1, "name 'nosuch' is not defined"),
        (["x*k", "-c", "k=@-"], 1, "standard input brings the records"),
        (["--csv"], 2, "a table needs the expression"),
    ):
        run = batch(*argv, stdin='{"x": 1}\n{"x": 2}\n')
        assert (run.returncode, run.stdout, run.stderr.count(b"error:")) == (code, b"", 1)
        assert words in run.stderr.decode()


def test_a_seed_starts_a_sequence() -> None:
    draws = [
        [
            each["out"]["value"]
            for each in documents(batch("rand(1)*x", "-w", "ones", "--seed", "3", stdin='{"x": 1}\n{"x": 1}\n'))
        ]
        for _ in range(2)
    ]
    assert draws[0] == draws[1]
    assert draws[0][0] != draws[0][1]


def test_numbers_that_are_not_finite() -> None:
    run = batch(stdin='{"expr": "1/x", "vars": {"x": 0}, "nonfinite": "null"}\n{"expr": "1/x", "vars": {"x": 0}}\n')
    assert [each["out"]["value"] for each in documents(run)] == [None, "Infinity"]
    run = batch("1/x", "--nonfinite", "error", stdin='{"x": 0}\n{"x": 1}\n')
    assert ([each["schema"] for each in documents(run)], run.returncode) == ([ERROR, EVAL], 1)


def test_a_record_too_big_for_memory_does_not_stop_the_next() -> None:
    long = b'{"x": [' + b"1," * 3_000_000 + b"1]}\n"
    run = batch("sum(x)", "--max-memory", "5MB", stdin=long + b'{"x": 2}\n')
    assert [each["schema"] for each in documents(run)] == [ERROR, EVAL]


def test_a_record_that_takes_too_long_does_not_stop_the_next() -> None:
    slow = {"expr": "+".join(["sin(x)"] * 20_000), "vars": {"x": 1}, "max_time": 0.1}
    run = batch(stdin=json.dumps(slow) + '\n{"expr": "1"}\n')
    assert [each["schema"] for each in documents(run)] == [ERROR, EVAL]


# ---- the stream


def opened(*argv: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([GRADCLI, "batch", *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("argv", [["x**2"], ["x**2", "--csv"]])
def test_an_answer_comes_before_the_next_question(argv: list[str]) -> None:
    with opened(*argv) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if "--csv" in argv:
            process.stdin.write(b"x\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"x,out,d_x\n"
        for number in range(5):
            process.stdin.write(b"%d\n" % number if "--csv" in argv else b'{"x": %d}\n' % number)
            process.stdin.flush()
            assert str(float(number**2)).encode() in process.stdout.readline()
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def resident(process: subprocess.Popen[bytes]) -> int:
    """Memory of a process, in bytes."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only Linux tells so simply what a process holds")
def test_memory_does_not_grow_with_the_input() -> None:
    seen = []
    with opened("sum(x**2)") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(12):
            process.stdin.write(b"".join([b'{"x": [%d, 2.5, 3.5]}\n' % number for number in range(500)]))
            process.stdin.flush()
            for _ in range(500):
                process.stdout.readline()
            seen.append(resident(process))
        process.stdin.close()
    assert max(seen[1:]) - seen[1] < 1 << 20


@pytest.mark.parametrize(("argv", "line"), [(["x**2"], b'{"x": 3}\n'), (["x**2", "--csv"], b"x\n3\n")])
def test_ctrl_c_between_two_records(argv: list[str], line: bytes) -> None:
    with opened(*argv) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line)
        process.stdin.flush()
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"error: interrupted\n")


@pytest.mark.parametrize(("source", "options"), [("yes '{\"x\": 3}'", ""), ("(echo x; yes 3)", "--csv")])
def test_a_reader_that_has_enough_ends_it_quietly(source: str, options: str) -> None:
    script = f"{source} | '{GRADCLI}' batch 'x**2' {options} | head -2 > /dev/null; echo ${{PIPESTATUS[1]}}"
    run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ("0\n", "")


# ---- processes and progress


@pytest.mark.parametrize("argv", [["--get", "id,grads.x"], []])
def test_processes_answer_in_order_what_one_answers(argv: list[str]) -> None:
    exprs = ["sum(x**2)", "x", "sin(x)", "x +"]
    lines = [json.dumps({"id": row, "expr": exprs[row % 4], "vars": {"x": row}}) for row in range(3000)]
    one, three = [batch(*argv, "--jobs", jobs, stdin="\n".join(lines)) for jobs in ("1", "3")]
    assert (one.returncode, one.stdout, one.stderr) == (three.returncode, three.stdout, three.stderr)
    assert one.stdout.count(b"\n") == 3000


def test_processes_compute_rows_in_order() -> None:
    table = "x,y\n" + "".join([f"{row},{'no' if row == 777 else row}\n" for row in range(60_000)])
    one, three = [batch("x*y", "--csv", "--jobs", jobs, stdin=table) for jobs in ("1", "3")]
    assert (one.returncode, one.stdout, one.stderr) == (three.returncode, three.stdout, three.stderr)
    assert one.stderr.startswith(b"line 779: error: column y: 'no' is no number")


def test_a_process_answers_what_has_come_before_the_next_comes() -> None:
    with opened("x**2", "--jobs", "2", "--get", "out.value") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(4):
            process.stdin.write(b'{"x": %d}\n' % number)
            process.stdin.flush()
            assert float(process.stdout.readline()) == number**2
        process.stdin.close()
    assert process.returncode == 0


def test_a_seed_is_for_one_process() -> None:
    run = batch("x*rand(1)", "--seed", "1", "--jobs", "2", stdin='{"x": 1}\n')
    assert (run.returncode, run.stdout) == (2, b"")


def test_warnings_of_bare_values_are_told_with_their_line() -> None:
    run = batch("log(x)", "--get", "grads.x", stdin='{"x": 1}\n{"x": 0}\n')
    assert run.stdout == b"1.0\nInfinity\n"
    assert run.stderr.startswith(b"line 2: warning: ")


@pytest.mark.skipif(os.name == "nt", reason="needs a terminal of its own")
def test_progress_is_told_on_a_terminal_and_taken_away() -> None:
    import pty

    above, below = pty.openpty()
    with subprocess.Popen([GRADCLI, "batch", "x"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=below) as process:
        assert process.stdin is not None
        for _ in range(12):
            process.stdin.write(b'{"x": 1}\n' * 50)
            process.stdin.flush()
            time.sleep(0.2)
        process.stdin.close()
        process.wait(60)
    os.close(below)
    told = os.read(above, 1 << 16).decode()
    os.close(above)
    assert " records, " in told
    assert told.endswith(" \r")


# ---- tables


def test_a_table() -> None:
    text = '\ufeffname,x,y\r\n"a, b",1,2\r\nç,3,4\r\n'
    run = batch("x*y", "--csv", stdin=text)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.decode() == 'name,x,y,out,d_x,d_y\n"a, b",1,2,2.0,2.0,1.0\nç,3,4,12.0,4.0,3.0\n'


def test_rows_that_fail_are_named_on_stderr_and_the_rest_goes_on() -> None:
    run = batch("x*2", "--csv", stdin=b"name;x\nM\xfcller;1\nb;one\nc\nd;4\n")
    assert run.returncode == 1
    assert run.stdout == b"name;x;out;d_x\nM\xfcller;1;2.0;2.0\nb;one;;\nc;;;\nd;4;8.0;2.0\n"
    assert run.stderr.decode() == (
        "line 3: error: column x: 'one' is no number\nline 4: error: this row has 1 cell, and the header has 2\n"
    )
    run = batch("x*2", "--csv", "--json", stdin="x\none\n")
    assert json.loads(run.stderr) | {"error": None} == {"schema": ERROR, "line": 2, "error": None}


def test_a_table_that_is_none() -> None:
    for stdin, expr, words in (
        ("", "x", "the table is empty"),
        ("x\n1\n", "x*z", "the table has no column of that name"),
    ):
        run = batch(expr, "--csv", stdin=stdin)
        assert (run.returncode, run.stdout, words in run.stderr.decode()) == (1, b"", True)
