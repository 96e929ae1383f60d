"""The installed command, started many times for the price of one import.

A test that runs `gradcli` as a process of its own waits a quarter of a second for Python, NumPy and the package, which are the
same each time.  Here a process that has imported them waits for requests: for each it makes a copy of itself (fork), which
takes the request's streams, folder, environment and arguments, and executes the installed script from its first line.  Streams,
exit codes and files are a real process's.  What depends on how Python itself starts (the list of imports, encodings, the first
instants of Ctrl-C, limits of memory) is no business of this module: such tests start the command themselves, as transcripts do.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
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
        code = _server().run(argv, [given, out, err], os.fspath(folder or os.getcwd()), whole, timeout)
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
    """The process that copies itself, and the socket to it."""

    def __init__(self) -> None:
        """Start it; the first request waits until it has imported everything."""
        self.socket, theirs = socket.socketpair()
        code = f"from tests.command import serve; serve({theirs.fileno()})"
        self.process = subprocess.Popen([sys.executable, "-c", code], cwd=_ROOT, pass_fds=[theirs.fileno()])
        theirs.close()

    def run(
        self, argv: tuple[str, ...], streams: list[Any], folder: str, environment: Mapping[str, str], timeout: float
    ) -> int:
        """The exit code of one run with these three files; negative where a signal ended it, as subprocess has it."""
        request = json.dumps({"argv": argv, "folder": folder, "environment": environment}).encode()
        socket.send_fds(self.socket, [len(request).to_bytes(8, "big")], [each.fileno() for each in streams])
        self.socket.sendall(request)
        pid = int.from_bytes(_exactly(self.socket, 8), "big")
        self.socket.settimeout(timeout)
        try:
            return int.from_bytes(_exactly(self.socket, 8), "big", signed=True)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self.socket.settimeout(None)
            _exactly(self.socket, 8)
            raise subprocess.TimeoutExpired([GRADCLI, *argv], timeout) from None
        finally:
            self.socket.settimeout(None)


_SERVERS: dict[int, Server] = {}


def _server() -> Server:
    """The server of this process: a copy of it has none."""
    if os.getpid() not in _SERVERS:
        _SERVERS[os.getpid()] = server = Server()
        atexit.register(server.process.kill)
    return _SERVERS[os.getpid()]


def _exactly(sock: socket.socket, size: int) -> bytes:
    """So many bytes; EOFError where the other side has gone."""
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError("the other process has ended")
        data += more
    return data


def serve(descriptor: int) -> None:
    """Answer requests until the tests have ended."""
    for name in ("numpy", "lark", "typer", "rich.console", "unicodedata", *_modules()):
        importlib.import_module(name)
    connection = socket.socket(fileno=descriptor)
    devnull = [os.open(os.devnull, os.O_RDWR)] * 3
    for argv in _WARMING:  # in a copy, so that the tables that it reads are saved
        _wait(_start({"argv": argv, "folder": ".", "environment": dict(os.environ)}, devnull, connection))
    while True:
        try:
            head, streams, _, _ = socket.recv_fds(connection, 8, 3)
            if not head:
                return
            request = json.loads(_exactly(connection, int.from_bytes(head, "big")))
        except (EOFError, ConnectionError):
            return
        pid = _start(request, list(streams), connection)
        for each in streams:
            os.close(each)
        connection.sendall(pid.to_bytes(8, "big"))
        connection.sendall(_wait(pid).to_bytes(8, "big", signed=True))


def _modules() -> list[str]:
    """The modules of the package, but for those that act when they are imported."""
    paths = (_ROOT / "gradcli").rglob("*.py")
    names = [".".join(each.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__") for each in sorted(paths)]
    return [name for name in names if not name.startswith(_LEFT_OUT)]


def _start(request: dict[str, Any], streams: list[int], connection: socket.socket) -> int:
    """The number of a copy of this process that runs the command."""
    pid = os.fork()
    if pid == 0:
        connection.close()
        _become(request, streams)
    return pid


def _wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the command: its streams, folder, environment and arguments; never comes back."""
    for number, each in enumerate(streams):
        os.dup2(each, number)
    sys.stdin, sys.stdout, sys.stderr = _streams(request["environment"].get("PYTHONIOENCODING", "utf-8"))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [GRADCLI, *request["argv"]]
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
