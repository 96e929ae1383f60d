"""Makes the outputs beside the scripts, with PyTorch 2.13.0: `python -m tests.scripts.make_golden [NAME...]`.

NAME.out is what a script prints, NAME.err what is promised of stderr: of a warning and of an uncaught error the place, the
type and PyTorch's leading clause, and every line that the script itself writes there.  NAME.rc is the exit code, where it is
not 0.  A script runs twice, with other hashes, and is refused if its outputs differ or if it takes more than 2 seconds.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.console import steady

HERE = Path(__file__).parent
SLOWEST = 2.0

_WARNING = re.compile(r"(?P<file>[^\s:]*):(?P<line>\d+): (?P<category>\w+Warning): (?P<message>.*)")
_FRAME = re.compile(r'  File "(?P<file>[^"]*)", line (?P<line>\d+)')


def scripts() -> list[Path]:
    """All scripts, in the order of their names."""
    return sorted(HERE.glob("*/*.py"))


def leading_clause(message: str) -> str:
    """What gradcli's message has to open with: the words before what it says in its own way."""
    return re.split(r"\. |: \[| \(or directly| \(Triggered", message)[0]


def promises(stderr: str, script: Path) -> Iterator[str]:
    """The lines of PyTorch's stderr that are promised, each a part of a line of gradcli's."""
    source = script.read_text().splitlines()
    lines = iter(stderr.splitlines())
    for line in lines:
        warning = _WARNING.match(line)
        if warning and "__array" in warning["message"]:  # NumPy's, of what PyTorch has not followed yet
            continue
        if warning:
            place = f"{warning['line']}: " if Path(warning["file"]) == script else ""
            yield f"{place}{warning['category']}: {leading_clause(warning['message'])}"
        elif line.startswith("Traceback"):
            *frames, message = lines
            places = [int(frame["line"]) for frame in map(_FRAME.match, frames) if frame and Path(frame["file"]) == script]
            yield leading_clause(message.removeprefix("__main__."))
            yield f"{places[-1]} | {source[places[-1] - 1]}"
        elif not line.startswith(("  ", "Consider using tensor.detach()", " (Triggered")):
            yield line


def run(seed: int, *arguments: str) -> tuple[str, str, int, float]:
    """stdout, stderr, exit code and seconds of one run of this interpreter."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-X", "utf8", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONHASHSEED": str(seed)},
    )
    said = re.sub(r"^USDT:.*\n", "", done.stderr, flags=re.M)  # by PyTorch's profiler, when it starts and stops
    return done.stdout, said, done.returncode, time.monotonic() - begin


def make(script: Path, start_up: float) -> None:
    """Write what one script gives."""
    first, second = run(1, str(script)), run(2, str(script))
    if [steady(text) for text in first[:2]] != [steady(text) for text in second[:2]]:
        raise SystemExit(f"{script}: two runs differ")
    if min(first[3], second[3]) - start_up > SLOWEST:
        raise SystemExit(f"{script}: takes {first[3]:.1f} s")
    write(script.with_suffix(".out"), steady(first[0]))
    write(script.with_suffix(".err"), "".join(f"{line}\n" for line in promises(first[1], script)))
    write(script.with_suffix(".rc"), f"{first[2]}\n" if first[2] else "")


def write(path: Path, text: str) -> None:
    """Write the file; no file says the same as an empty .err or .rc."""
    if text or path.suffix == ".out":
        path.write_text(text)
    else:
        path.unlink(missing_ok=True)


def main(*names: str) -> None:
    """Make the outputs of the named scripts, or of all."""
    if unknown := set(names) - {script.stem for script in scripts()}:
        raise SystemExit(f"there is no script {', '.join(sorted(unknown))}")
    start_up = min(run(seed, "-c", "import torch")[3] for seed in range(3))
    for script in scripts():
        if not names or script.stem in names:
            make(script, start_up)


if __name__ == "__main__":
    main(*sys.argv[1:])
