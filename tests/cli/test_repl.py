"""`gradcli repl`: at a real terminal, and from a pipe (what that prints is in tests/transcripts/repl.md)."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
PROMPT, CONTINUED = ">>> ", "... "
CTRL_D, UP = "\x04", "\x1b[A"


class Terminal:
    """A session at a terminal of 200 columns."""

    def __init__(self, *argv: str, python: tuple[str, ...] = (), **environment: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            [*python, "-m", "gradcli", "repl", *argv],
            cwd=str(ROOT),
            env={**os.environ, "TERM": "xterm", "INPUTRC": "/dev/null", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **environment},
            encoding="utf-8",
            timeout=30,
            dimensions=(40, 200),
        )
        self.greeting = self.until(PROMPT)

    def until(self, text: str) -> str:
        """What is shown before the next `text`, without escape codes."""
        self.child.expect_exact(text)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.child.before).replace("\r", "")

    def say(self, *lines: str) -> str:
        """Type lines, all but the last of one input; gives what they print."""
        for line in lines[:-1]:
            self.child.sendline(line)
            self.until(CONTINUED)
        self.child.sendline(lines[-1])
        return self.until(PROMPT).partition("\n")[2]

    def interrupt(self) -> str:
        """Press Ctrl-C while something runs."""
        time.sleep(0.3)
        self.child.sendintr()
        return self.until(PROMPT)

    def end(self, typed: str = CTRL_D) -> int:
        """Type what ends the session; gives its exit code."""
        self.child.send(typed)
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens sessions whose history is in a fresh folder."""
    opened: list[Terminal] = []

    def open_one(*argv: str, **options: Any) -> Terminal:
        opened.append(Terminal(*argv, **{"HOME": str(tmp_path), "XDG_STATE_HOME": "", **options}))
        return opened[-1]

    yield open_one
    for each in opened:
        each.child.close(force=True)


# Where libraries have threads of their own, Python warns of a fork; pexpect's is followed by exec at once.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


# ---- statements ------------------------------------------------------------------------------------------------------


def test_values_are_shown_and_names_stay(terminal: Any) -> None:
    at = terminal()
    assert at.greeting.startswith("gradcli 0.")
    assert at.say("x = torch.tensor([1., 2.], requires_grad=True)") == "", "torch is there"
    assert at.say("x") == "tensor([1., 2.], requires_grad=True)\n"
    assert at.say("_ * 3") == "tensor([3., 6.], grad_fn=<MulBackward0>)\n"
    assert at.say("(x * x).sum().backward(); x.grad") == "tensor([2., 4.])\n"
    assert at.say("None") == ""
    assert at.say("'a'; print('b')") == "'a'\nb\n"
    assert at.end() == 0


def test_torch_is_there_whatever_is_forgotten(terminal: Any) -> None:
    at = terminal()
    assert at.say("torch = 3; torch") == "3\n"
    assert at.say(":reset") == ""
    assert at.say("torch.ones(1)") == "tensor([1.])\n"
    assert at.say("import torch; torch.ones(1)") == "tensor([1.])\n"


def test_lines_go_on_in_blocks_brackets_and_texts(terminal: Any) -> None:
    at = terminal()
    assert at.say("for i in range(2):", "    i", "") == "0\n1\n"
    assert at.say("if False: 1", "else:", "    2", "") == "2\n"
    assert at.say("(1,", "", "2)") == "(1, 2)\n"
    assert at.say('"""a', ":help", '"""') == "'a\\n:help\\n'\n"
    assert at.say("1 + \\", "2") == "3\n"
    assert at.say("def f(n=1): return n", "") == ""
    assert at.say("f()") == "1\n"
    assert "invalid syntax" in at.say("for i in range(3) print(i):")
    assert "expected an indented block" in at.say("def g():", "")


@pytest.mark.parametrize("around", [("", ""), ("\x1b[200~", "\x1b[201~")], ids=["as typed", "bracketed"])
def test_a_block_that_is_pasted_may_have_empty_lines(terminal: Any, around: tuple[str, str]) -> None:
    at = terminal()
    at.say("1")  # the session is open
    at.child.send(f"{around[0]}def f(x):\n    y = 2 * x\n\n    return y\nf(21){around[1]}\n")
    at.until("\n42\r\n")
    at.until(PROMPT)
    assert at.say("f(1)") == "2\n"


def test_an_error_shows_its_place_and_the_session_goes_on(terminal: Any) -> None:
    at = terminal()
    at.say("def f(x):", "    return 1 / x", "")
    assert at.say("1 + undefined") == "error: NameError: name 'undefined' is not defined\n  1 + undefined\n      ^^^^^^^^^\n"
    shown = at.say("f(0)")
    assert "ZeroDivisionError" in shown
    assert "in <input 1>, in f() called in line 1 of <input 3>:\n    2 |     return 1 / x\n      |            ^^^^^\n" in shown
    assert at.say("f(1)") == "1.0\n"


# ---- Ctrl-C, and other ends ------------------------------------------------------------------------------------------


def test_ctrl_c_stops_the_statement_and_not_the_session(terminal: Any) -> None:
    at = terminal()
    at.say("import torch; x = torch.ones(3)")
    at.child.sendline("while True: x = x * 1")
    at.until(CONTINUED)
    at.child.sendline("")
    assert "error: interrupted" in at.interrupt()
    at.child.sendline("z = torch.ones(4000, 4000); z @ z @ z @ z")
    assert "error: interrupted" in at.interrupt()
    assert at.say("x") == "tensor([1., 1., 1.])\n"


def test_ctrl_c_drops_what_is_being_typed(terminal: Any) -> None:
    at = terminal()
    at.say("x = 1")
    at.child.send("x = 2")
    assert "error" not in at.interrupt()
    at.child.sendline("x = (3,")
    at.until(CONTINUED)
    assert "error" not in at.interrupt()
    assert at.say("x") == "1\n"


@pytest.mark.parametrize(
    ("typed", "code"),
    [(CTRL_D, 0), ("exit()\n", 0), ("quit\n", 0), (":quit\n", 0), ("import sys; sys.exit(3)\n", 3), ("exit('x')\n", 1)],
)
def test_ends(terminal: Any, typed: str, code: int) -> None:
    at = terminal()
    at.say("1 / 0")  # which is nothing that a session at a terminal fails by
    assert at.end(typed) == code


def test_ctrl_d_ends_a_block_and_then_the_session(terminal: Any) -> None:
    at = terminal()
    at.child.sendline("for i in range(2): i")
    at.until(CONTINUED)
    at.child.send(CTRL_D)
    assert at.until(PROMPT).split() == ["0", "1"]
    assert at.end() == 0


def test_names_of_the_users_own_do_not_end_it(terminal: Any) -> None:
    at = terminal()
    at.say("exit = 5; _ = 6")
    assert at.say("exit") == "5\n"
    assert at.say("_") == "6\n"
    assert at.end() == 0


def test_limits_hold_for_each_statement(terminal: Any) -> None:
    at = terminal("--max-time", "1s")
    assert "stopped after 1 s" in at.say("while True: pass", "")
    at.say("def f(): return f()", "")
    assert "RecursionError" in at.say("f()")
    assert at.say("1") == "1\n"


# ---- completion ------------------------------------------------------------------------------------------------------


def test_completion(terminal: Any) -> None:
    at = terminal()
    at.say("import torch; import torch.nn.functional as F; x = torch.ones(2, requires_grad=True)")
    at.say("class A:", "    def __init__(self): self.weight = x", "    @property", "    def p(self): print('seen')", "")
    at.say("a = A()")
    for typed, rest, printed in (
        ("x.resh\t", "(1, 2).shape", "torch.Size([1, 2])"),
        ("str(x.gra\t", ")", "'None'"),  # up to what grad and grad_fn share
        ("[F.relu\t", ".__name__]", "['relu']"),
        ("torch.nn.functional.log_sof\t", ".__name__", "'log_softmax'"),
        ("a.wei\t", ".shape", "torch.Size([2])"),
        ("a.weight.requires_grad_\t", "(False).shape", "torch.Size([2])"),
        ("isinst\t", "(1, int)", "True"),
        ("from torch.autograd import gradch\t", "; 1", "1"),
        (":gra\tds", "", "no variable is a leaf"),
        (":hel\t log_sof\t", "", "log_softmax(input"),
        (f":loa\t {ROOT}/pyproj\t", ".not", f"cannot read the script '{ROOT}/pyproject.toml.not'"),
    ):
        at.child.send(typed)
        time.sleep(0.1)
        assert printed in at.say(rest), typed


def test_candidates_are_listed_without_calling_anything(terminal: Any) -> None:
    at = terminal()
    at.say("class A:", "    @property", "    def p(self): print('seen')", "")
    at.say("a = A(); b = [a]")
    at.child.send("a.p.x\t\tb[0].p.x\t\ta.\t\t")
    assert "seen" not in at.say("'end'")
    at.say("import torch; x = torch.ones(2, requires_grad=True); y = 2 * x")
    at.child.send("x.re\t\t")
    time.sleep(0.5)
    at.child.sendintr()
    listed = at.until(f"x.re\r\n{PROMPT}").split()
    assert {"x.requires_grad_", "x.reshape", "x.repeat"} <= set(listed)
    at.child.send("y.grad.\t\t")  # which would warn if it were read
    assert "Warning" not in at.say("")


def test_tab_indents_an_empty_line(terminal: Any) -> None:
    at = terminal()
    at.child.sendline("for i in range(1):")
    at.until(CONTINUED)
    at.child.send("\ti")
    assert at.say("", "") == "0\n"


# ---- history ---------------------------------------------------------------------------------------------------------


def test_history_goes_from_session_to_session(terminal: Any, tmp_path: Path) -> None:
    first = terminal()
    first.say("1 + 1")
    first.say("2 + 2")
    first.end()
    file = tmp_path / ".local" / "state" / "gradcli" / "history"
    assert file.read_text() == "1 + 1\n2 + 2\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    second = terminal()
    second.child.send(UP + UP)
    assert second.say("") == "2\n"
    second.child.close(force=True)  # as when a window is closed
    assert file.read_text() == "1 + 1\n2 + 2\n1 + 1\n"


def test_where_the_history_is(terminal: Any, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    for folder, environment in (
        ("state/gradcli/history", {"XDG_STATE_HOME": str(tmp_path / "state")}),
        ("mine", {"GRADCLI_HISTORY": str(tmp_path / "mine"), "XDG_STATE_HOME": str(tmp_path / "state")}),
        (None, {"GRADCLI_HISTORY": ""}),
        (None, {"GRADCLI_HISTORY": str(tmp_path / "a file" / "history")}),
        (None, {"GRADCLI_HISTORY": str(tmp_path)}),
        (None, {"GRADCLI_HISTORY": os.devnull}),
    ):
        at = terminal(**environment)
        assert at.say("40 + 2") == "42\n"
        at.child.send(UP)
        assert at.say("") == "42\n"
        assert at.end() == 0
        assert folder is None or (tmp_path / folder).read_text() == "40 + 2\n"
    assert not (tmp_path / ".local").exists()


def test_a_long_history_is_cut(terminal: Any, tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.write_bytes(b"\x00\xff\n" + b"x = 'a line like many others'\n" * 50_000 + b"40 + 2\n")
    at = terminal(GRADCLI_HISTORY=str(file))
    at.child.send(UP)
    assert at.say("") == "42\n"
    assert len(file.read_text().splitlines()) == 2000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# ---- commands, start, pipes ------------------------------------------------------------------------------------------


def test_commands(terminal: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import torch\nw = torch.ones(2, requires_grad=True)\nw\n")
    at = terminal()
    assert ":graph [NAME]" in at.say(":help")
    assert "SoftmaxBackward0" in at.say(":help softmax")
    assert at.say(f":load {script}") == ""
    at.say("y = (w * 2).sum()")
    at.say("y.backward()")
    assert re.search(r"leaf +shape +value +grad *\n.*w +\[2\] +\[1., 1.\] +\[2., 2.\]", at.say(":grads"), re.DOTALL)
    assert re.search(r"SumBackward0 +y .*MulBackward0 .*AccumulateGrad +w ", at.say(":graph y"), re.DOTALL)
    assert "':nothing' is no command" in at.say(":nothing")
    assert at.say(":reset") == ""
    assert "name 'w' is not defined" in at.say("w")


def test_the_prompt_does_not_wait_for_numpy(terminal: Any) -> None:
    at = terminal(python=("-X", "importtime"))
    assert "readline" in at.greeting
    assert "numpy" not in at.greeting
    assert "numpy" in at.say("1")


def piped(text: str | bytes, *argv: str) -> subprocess.CompletedProcess[bytes]:
    """A session from a pipe."""
    data = text.encode() if isinstance(text, str) else text
    command = [sys.executable, *argv, "-m", "gradcli", "repl"]
    return subprocess.run(command, input=data, cwd=ROOT, capture_output=True, timeout=60)


def test_a_pipe_has_no_prompt_no_editing_and_no_history() -> None:
    run = piped("1 + 1\n", "-X", "importtime")
    assert (run.stdout, run.returncode) == (b"2\n", 0)
    assert b"readline" not in run.stderr
    assert b"repl_history" not in run.stderr


@pytest.mark.parametrize(
    ("text", "out", "code"),
    [
        ("", b"", 0),
        ("x = 5\nx", b"5\n", 0),
        ("\ufeff1\r\nfor i in (1, 2):\r\n  i\r\n", b"1\n1\n2\n", 0),
        (b"1\n'\xff'\n2\n", b"1\n2\n", 1),
        ("(1,\n2", b"", 1),
        ("'\0'\n3", b"3\n", 1),
        ("def f():\n:help nothing\n3", b"3\n", 1),
        ("  1\n2", b"2\n", 1),
        ("1/0\nimport sys; sys.exit(0)", b"", 0),
        ("1/0\nexit()", b"", 1),
    ],
)
def test_pipes_stop_at_nothing(text: str | bytes, out: bytes, code: int) -> None:
    run = piped(text)
    assert (run.stdout, run.returncode) == (out, code)
    assert b"Traceback" not in run.stderr
    assert bool(run.stderr) == (code == 1 or b"1/0" in run.args or "1/0" in str(text))


def test_values_come_as_soon_as_their_statements() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gradcli", "repl"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        process.stdin.write(f"{number}\n")
        assert process.stdout.readline() == f"{number}\n"
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    process.stdout.close()
