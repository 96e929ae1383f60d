"""What the shell of a transcript finds as `gradcli`: it asks the process of tests/command.py for a copy that runs the command.

`python -IS stand_in.py ADDRESS ARG...` is there at once, since it imports only what the interpreter holds.
"""

from __future__ import annotations

import _signal
import _socket
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def request(folder: str, argv: Sequence[str], environment: Mapping[str, str]) -> bytes:
    """A request as it is sent: its length, the folder, the number of arguments, the arguments, and the environment."""
    parts = [folder, str(len(argv)), *argv, *[f"{name}={value}" for name, value in environment.items()]]
    text = os.fsencode("\0".join(parts))
    return len(text).to_bytes(8, "big") + text


def run(address: str, argv: list[str]) -> None:
    """Be the command, as far as a shell sees it; never comes back."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(address)
    message = request(os.getcwd(), argv, os.environ)
    files = b"".join([each.to_bytes(4, sys.byteorder) for each in range(3)])
    try:
        sent = connection.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    except OSError:  # a stream is closed, and cannot be sent
        os.execv(os.path.join(os.path.dirname(sys.executable), "gradcli"), ["gradcli", *argv])
    connection.sendall(message[sent:])
    pid = number(connection)
    for each in (_signal.SIGINT, _signal.SIGTERM):
        _signal.signal(each, lambda arrived, _: os.kill(pid, arrived))
    code = number(connection)
    if code < 0:
        _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def number(connection: _socket.socket) -> int:
    """The next number that the process says; EOFError where it has gone."""
    data = connection.recv(8, _socket.MSG_WAITALL)
    if len(data) < 8:
        raise EOFError("the process that runs commands has ended")
    return int.from_bytes(data, "big", signed=True)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
