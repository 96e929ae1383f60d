"""Transcripts: console blocks in Markdown files, run as a user would, and held against what they show.

A block opens with ```console.  In it, a line `$ command` is typed into bash (with a `> ` for each line that goes on), and the
lines up to the next `$ ` are what comes back, stdout and stderr together.  A block has a fresh folder of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

INSTALLED = os.path.dirname(sys.executable)  # where `gradcli` is


class Step(NamedTuple):
    """One command and what it prints."""

    line: int
    command: str
    output: str


def blocks(path: Path) -> list[list[Step]]:
    """The console blocks of a Markdown file."""
    found: list[list[Step]] = []
    inside = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
            if inside:
                found.append([])
        elif inside and line.startswith("$ "):
            found[-1].append(Step(number, line[2:], ""))
        elif inside and line.startswith("> ") and found[-1] and not found[-1][-1].output:
            step = found[-1][-1]
            found[-1][-1] = step._replace(command=f"{step.command}\n{line[2:]}")
        elif inside:
            step = found[-1][-1]
            found[-1][-1] = step._replace(output=f"{step.output}{line}\n")
    return found


def run(block: list[Step], folder: Path, commands: str = INSTALLED) -> list[Step]:
    """The same steps with what they really print; what is in the folder `commands` comes first on the path."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([commands, INSTALLED, os.environ["PATH"]]),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
    }
    environment.pop("PYTHONPATH", None)
    seen = []
    for step in block:
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=60,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        seen.append(step._replace(output=done.stdout))
    return seen


def rewrite(path: Path, folder: Path) -> None:
    """Put what the commands print now into the file; read the difference before you commit it."""
    text = path.read_text().splitlines()
    fresh: list[str] = []
    steps = {step.line: step for block in blocks(path) for step in run(block, _made(folder / f"{block[0].line}"))}
    skipping = False
    for number, line in enumerate(text, 1):
        if number in steps:
            fresh += [*_typed(steps[number].command), *steps[number].output.splitlines()]
            skipping = True
        elif line.startswith("```"):
            skipping = False
            fresh.append(line)
        elif not skipping:
            fresh.append(line)
    path.write_text("\n".join(fresh) + "\n")


def _typed(command: str) -> list[str]:
    first, *rest = command.split("\n")
    return [f"$ {first}", *[f"> {line}" for line in rest]]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def steady(output: str) -> str:
    """Output without what differs from run to run."""
    return re.sub(r"0x[0-9a-f]+", "0x0", output)


if __name__ == "__main__":  # python -m tests.console FILE...
    import tempfile

    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            rewrite(Path(name), Path(folder))
