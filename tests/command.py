"""The installed command, started many times for the price of one import.

A test that runs `gradcli` as a process of its own waits a quarter of a second for Python, NumPy and the package, which are
the same each time.  Here a process that has imported them waits at a socket for requests: for each it makes a copy of itself
(fork), which takes the request's streams, folder, environment and arguments, and executes the installed script from its first
line.  Streams, exit codes and files are a real process's.  stand_in.py asks it from a shell.  What depends on how Python itself
starts (the list of imports, encodings, the first instants of Ctrl-C, limits of memory) is no business of this module: such
tests start the command themselves, as the README's transcript does.

The three files come with a request (stand_in.py has its form).  The answers are the process's number, and its exit code.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NoReturn, TextIO

from tests.stand_in import number, request

GRADCLI = os.path.join(os.path.dirname(sys.executable), "gradcli")
_ROOT = Path(__file__).parents[1]
_LEFT_OUT = ("gradcli.__main__", "gradcli.cli.build_hook", "gradcli.torch", "gradcli.script")  # a script imports its own torch
_WARMING = (["x@x", "x=[1,2]", "--json"], ["explain", "sin(x)", "x=1"], ["formula", "x**2"], ["check", "x", "x=1"])


def gradcli(
    *argv: str, stdin: str | bytes = b"", folder: Path | None = None, timeout: float = 60, **environment: str
) -> CompletedProcess[str]:
    """Run the installed command with these arguments; `environment` comes on top of this process's, in a UTF-8 locale.

    Raises subprocess.TimeoutExpired, and ends the process, after `timeout` seconds.
    """
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(data)
        given.seek(0)
        whole = {**os.environ, "LC_ALL": "C.UTF-8", **environment}
        code = server().run(argv, [given, out, err], os.fspath(folder or os.getcwd()), whole, timeout)
        texts = [_text(out), _text(err)]
    return CompletedProcess([GRADCLI, *argv], code, *texts)


def fresh(*argv: str, stdin: str | bytes = b"", folder: Path | None = None, **environment: str) -> CompletedProcess[str]:
    """The same by a new process: for what depends on the locale, the path of modules, or how Python starts."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    whole = {**os.environ, "LC_ALL": "C.UTF-8", **environment}
    run = subprocess.run([GRADCLI, *argv], input=data, capture_output=True, timeout=60, cwd=folder, env=whole)
    texts = [each.decode(errors="surrogateescape") for each in (run.stdout, run.stderr)]
    return CompletedProcess(run.args, run.returncode, *texts)


def _text(file: Any) -> str:
    file.seek(0)
    text: str = file.read().decode(errors="surrogateescape")
    return text


class Server:
    """The process that copies itself, at a socket in a folder of its own."""

    def __init__(self) -> None:
        """Start it; the first request waits until it has imported everything.  It ends with this process, by a pipe."""
        self.folder = tempfile.TemporaryDirectory(prefix="gradcli-")
        self.address = os.path.join(self.folder.name, "socket")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.address)
        listener.listen(64)
        code = f"from tests.command import serve; serve({listener.fileno()})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=_ROOT, pass_fds=[listener.fileno()], stdin=subprocess.PIPE
        )
        listener.close()

    def run(
        self, argv: tuple[str, ...], streams: list[Any], folder: str, environment: Mapping[str, str], timeout: float
    ) -> int:
        """The exit code of one run with these three files; negative where a signal ended it, as subprocess has it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.address)
            socket.send_fds(connection, [request(folder, argv, environment)], [each.fileno() for each in streams])
            pid = number(connection)
            connection.settimeout(timeout)
            try:
                return number(connection)
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired([GRADCLI, *argv], timeout) from None


_SERVERS: dict[int, Server] = {}


def server() -> Server:
    """The server of this process: a copy of it has none."""
    if os.getpid() not in _SERVERS:
        _SERVERS[os.getpid()] = made = Server()
        atexit.register(made.process.kill)
    return _SERVERS[os.getpid()]


def serve(descriptor: int) -> None:
    """Answer requests, several at once where a shell joins commands by pipes, until the tests have ended."""
    for name in ("numpy", "lark", "typer", "rich.console", "unicodedata", *_modules()):
        importlib.import_module(name)
    devnull = [os.open(os.devnull, os.O_RDWR)] * 3
    for argv in _WARMING:  # in a copy, so that the tables that it reads are saved
        os.waitpid(_start(request(".", argv, os.environ)[8:], devnull), 0)
    listener, running = socket.socket(fileno=descriptor), dict[int, socket.socket]()
    ended, at_end = socket.socketpair()
    at_end.setblocking(False)
    signal.set_wakeup_fd(at_end.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([listener, ended, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        if ended in ready:
            ended.recv(1024)
            _tell_who_ended(running)
        if listener in ready:
            connection, _ = listener.accept()
            _answer(connection, running)


def _answer(connection: socket.socket, running: dict[int, socket.socket]) -> None:
    """Start what a connection asks for, and say its number."""
    head, streams, _, _ = socket.recv_fds(connection, 8, 3)
    pid = _start(connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL), streams)
    for each in streams:
        os.close(each)
    running[pid] = connection
    _say(connection, pid)


def _tell_who_ended(running: dict[int, socket.socket]) -> None:
    """Say the exit codes of all that has ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with running.pop(pid) as connection:
            _say(connection, os.waitstatus_to_exitcode(status))


def _say(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(ConnectionError):  # whoever asked may be gone
        connection.sendall(number.to_bytes(8, "big", signed=True))


def _modules() -> list[str]:
    """The modules of the package, but for those that act when they are imported."""
    paths = (_ROOT / "gradcli").rglob("*.py")
    names = [".".join(each.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__") for each in sorted(paths)]
    return [name for name in names if not name.startswith(_LEFT_OUT)]


def _start(asked: bytes, streams: list[int]) -> int:
    """The number of a copy of this process that runs the command."""
    folder, count, *rest = os.fsdecode(asked).split("\0")
    argv, environment = rest[: int(count)], dict(each.split("=", 1) for each in rest[int(count) :])
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _become(folder, argv, environment, streams)
    return pid


def _become(folder: str, argv: list[str], environment: dict[str, str], streams: list[int]) -> NoReturn:
    """Be the command: its streams, folder, environment and arguments; never comes back."""
    for place, each in enumerate(streams):
        os.dup2(each, place)
    sys.stdin, sys.stdout, sys.stderr = _streams(environment.get("PYTHONIOENCODING", "utf-8"))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [GRADCLI, *argv]
    sys.path[:] = [each for each in sys.path if each]  # an installed script does not look into the folder it is run in
    code: Any = None
    try:
        runpy.run_path(GRADCLI, run_name="__main__")
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    _leave(code if isinstance(code, int) else int(code is not None))


def _leave(code: int) -> NoReturn:
    """End as an interpreter does, but for taking its modules apart, which takes longer than most requests."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    os._exit(code)


def _streams(encoding: str) -> tuple[TextIO, TextIO, TextIO]:
    """The three streams as Python opens them."""
    return (
        os.fdopen(0, "r", encoding=encoding, errors="surrogateescape", closefd=False),
        os.fdopen(1, "w", encoding=encoding, errors="surrogateescape", closefd=False),
        os.fdopen(2, "w", buffering=1, encoding=encoding, errors="backslashreplace", closefd=False),
    )
