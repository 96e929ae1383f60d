"""Help pages: the saved ones are Typer's own, they name everything, and printing them imports nothing heavy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradcli import __version__, artefact_cache
from gradcli.cli import application, help, manual
from gradcli.cli.commands import COMMANDS, ENVIRONMENT, EXIT_CODES, PROGRAM, Command

ROOT = Path(__file__).parents[2]
PAGES = [PROGRAM, *COMMANDS.values()]
HEAVY = {"numpy", "typer", "rich", "lark", "click"}


def gradcli(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command, with its list of imports on stderr."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gradcli", *argv],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "COLUMNS": "80", **environment},
    )


def imported(stderr: str) -> set[str]:
    """The top-level packages that a run with -X importtime names."""
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in stderr.splitlines() if "|" in line}


@pytest.mark.parametrize("command", PAGES, ids=lambda command: command.name or "program")
def test_page_is_the_one_that_typer_writes(command: Command) -> None:
    page = application.page(command)
    assert help.page(command) == page
    assert help.page(command) == page, "the second time it is the saved one"
    assert page.startswith(f"Usage: gradcli {command.name}".strip())
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("command", PAGES, ids=lambda command: command.name or "program")
def test_page_names_every_option_under_its_heading_and_ends_with_examples(command: Command) -> None:
    page = application.page(command)
    for option in command.options:
        heading = page.rindex(f"\n{option.panel}:\n")
        assert any(f"{spelling} " in page[heading:] for spelling in option.spellings)
        assert page.index(f" {option.long} ") > heading
    assert "-h, --help" in page
    for line, remark in command.examples:
        assert f"  {line}\n      {remark}\n" in page[page.index("\nExamples:\n") :]


def test_first_page_tells_exit_codes_and_environment() -> None:
    page = application.page(PROGRAM)
    for name, _ in (*EXIT_CODES, *ENVIRONMENT):
        assert f"\n  {name} " in page[page.index("\nExit codes:\n") :]


def test_the_manual_page_has_every_command_option_and_example() -> None:
    page = manual.page("1.2.3")
    unescaped = page.replace(r"\-", "-").replace(r"\e", "\\")
    assert page.startswith('.TH GRADCLI 1 "" "gradcli 1.2.3" "User Commands"\n')
    for command in PAGES:
        assert f".SS {command.name}\n" in unescaped or not command.name
        for option in command.options:
            assert f"{option.long}" in unescaped
            assert option.help in unescaped
        for line, remark in command.examples:
            assert f"\n{remark}:\n" in unescaped
            assert f"\n.nf\n{line}\n.fi\n" in unescaped
    requests = {line.split()[0] for line in page.splitlines() if line.startswith(".")}
    assert requests <= {".TH", ".SH", ".SS", ".PP", ".TP", ".br", ".nh", ".nf", ".fi", ".RS", ".RE"}


def test_help_has_colour_where_it_is_wanted() -> None:
    page = gradcli("help", "fit", "--color", "always").stdout
    assert "\x1b[1mInput:\x1b[0m" in page
    assert "\x1b[36m-f, --file FILE\x1b[0m" in page
    assert re.sub(r"\x1b\[\d*m", "", page) == gradcli("help", "fit").stdout


def test_first_page_lists_the_commands_of_this_version() -> None:
    lines = application.page(PROGRAM).splitlines()
    listed = {line.split()[0] for line in lines[lines.index("Commands:") + 1 : lines.index("Examples:") - 1]}
    assert listed == set(COMMANDS)


@pytest.mark.parametrize(
    "argv",
    [
        ["-h"],
        ["--help"],
        ["--json", "--help"],
        ["eval", "--help"],
        ["eval", "x", "-h"],
        ["x**2", "x=3", "--help"],
        ["-h", "ops"],
        ["schema", "-h"],
        ["batch", "--no-such-option", "--help"],
        ["--help", "--version"],
    ],
)
def test_help_is_printed_without_typer(argv: list[str]) -> None:
    command = next(
        (COMMANDS[word] for word in argv if word in COMMANDS),
        COMMANDS["eval"] if "x" in "".join(word for word in argv if not word.startswith("-")) else PROGRAM,
    )
    help.page(command)  # saved by now, as in a release
    run = gradcli(*argv)
    assert (run.returncode, run.stdout) == (0, application.page(command))
    assert not imported(run.stderr) & HEAVY


def test_nothing_typed_shows_the_help_as_an_error() -> None:
    run = gradcli()
    assert (run.returncode, run.stdout) == (2, "")
    assert application.page(PROGRAM) in run.stderr


def test_version() -> None:
    run = gradcli("--version")
    assert (run.returncode, run.stdout) == (0, f"gradcli {__version__}\n")
    assert not imported(run.stderr) & HEAVY


def test_after_a_double_dash_help_is_a_word() -> None:
    assert gradcli("--", "--help").returncode != 0


def test_pages_are_saved_for_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact_cache, "FOLDER", str(tmp_path))
    for name, content in help.artefacts().items():
        artefact_cache.save(str(tmp_path), name, content + b"(released)")
    for command in PAGES:
        assert help.page(command) == application.page(command) + "(released)"


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["eval", "sin(x)", "x=1"], "0.841470984808"),
        (["jacobian", "sin(x)", "x=[1]"], "0.540302305868"),
        (["check", "sin(x)", "x=1", "--at", "given", "--claim", "x=sin(x)"], "0.841470984808"),
        (["explain", "sin(x)", "x=1"], "0.841470984808"),
        (["graph", "sin(x)", "x=1"], "0.540302305868"),
        (["table", "sin(x)", "x=1:1"], "0.841470984808"),
        (["propagate", "sin(x)", "x=1±0.1"], "0.0540302305868"),
        (["solve", "cos(x)", "x=1:2"], "1.57079632679"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_whoever_prints_numbers_takes_a_precision(argv: list[str], shown: str) -> None:
    assert shown in gradcli(*argv, "--precision", "12").stdout


def test_narrow_pages_have_no_trailing_blanks() -> None:
    lines = help.page(COMMANDS["batch"], 40).splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
