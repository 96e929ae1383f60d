"""What a user gets: the archives are built, the wheel is installed where nothing else is, and does its job there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEVELOPMENT = {"pytest", "hypothesis", "jsonschema", "mypy", "ruff", "hatchling", "build", "importlinter"}


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(sdist, wheel); the wheel is built from the sdist, as an index does it."""
    folder = tmp_path_factory.mktemp("dist")
    run = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def installed(archives: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment that holds the wheel and what it requires, and no more."""
    home = tmp_path_factory.mktemp("fresh") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True, timeout=120)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            programs / "python",
            "--disable-pip-version-check",
            "install",
            "-q",
            archives[1],
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return programs


def fresh(program: Path, *argv: str, folder: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the new environment in an empty folder, with nothing that points back here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [program, *argv],
        input=stdin,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, **environment},
    )


# ---- the archives


def test_the_wheel_carries_what_it_needs(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[1]) as wheel:
        names = set(wheel.namelist())
        launcher = wheel.read(next(name for name in names if name.endswith(".data/scripts/gradcli")))
        metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
        stamps = {name: wheel.read(name).partition(b"\n")[0] for name in names if "/_saved/" in name}
    grammar = {f"gradcli/_grammar/{path.name}" for path in (ROOT / "grammar").glob("*.lark")}
    (manual,) = [name for name in names if name.endswith(".data/data/share/man/man1/gradcli.1")]
    schemas = {f"gradcli/report/schemas/{path.name}" for path in (ROOT / "gradcli/report/schemas").glob("*.json")}
    assert (
        grammar
        | schemas
        | {
            "gradcli/py.typed",
            "gradcli/_saved/examples.json",
            "gradcli/_saved/expression.tables",
            "gradcli/_saved/families.bin",
            "gradcli/_saved/help.txt",
            "gradcli/_saved/operations.json",
        }
        <= names
    )
    assert set(stamps.values()) == {b"released"}
    assert manual
    assert not {name for name in names if name.startswith("tests") or "build_hook" in name or name.endswith(".pyc")}
    assert launcher.startswith(b"#!python\n")  # which an installer replaces by the path of its interpreter
    for line in ("Requires-Python: >=3.11", "License-Expression: MIT", "Requires-Dist: numpy"):
        assert line in metadata
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_carries_what_its_tests_need(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "grammar/gradcli.lark",
        "tests/test_packaging.py",
    } <= names
    assert not {name for name in names if name.endswith(".pyc") or name.startswith(".git/")}


# ---- the installed command


def test_it_holds_no_development_package(installed: Path, tmp_path: Path) -> None:
    script = "import importlib.util, sys; print([name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    run = fresh(installed / "python", "-c", script, *sorted(DEVELOPMENT), folder=tmp_path)
    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_it_differentiates_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    run = fresh(installed / "gradcli", "mean(3*(x+2)**2)", "x=ones(2,2)", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("out = tensor(27., grad_fn=<MeanBackward0>)\n")
    assert run.stdout.endswith("x.grad = tensor([[4.5000, 4.5000],\n                 [4.5000, 4.5000]])\n")
    assert list(tmp_path.iterdir()) == []


def test_its_other_commands(installed: Path, tmp_path: Path) -> None:
    def answer(*argv: str, stdin: str = "") -> str:
        run = fresh(installed / "gradcli", *argv, folder=tmp_path, stdin=stdin)
        assert (run.returncode, run.stderr) == (0, ""), argv
        return run.stdout

    assert json.loads(answer("x**2", "x=3", "--json"))["grads"] == {"x": 6.0}
    assert json.loads(answer("batch", "x**2", stdin='{"x": 3}\n'))["grads"] == {"x": 6.0}
    assert answer("batch", "x**2", "--csv", stdin="x\n3\n") == "x,out,d_x\n3,9.0,6.0\n"
    assert answer("--help").startswith("Usage: gradcli ")
    assert answer("batch", "--help").startswith("Usage: gradcli batch ")
    assert "softmax" in answer("ops")
    assert answer("ops", "tanh").startswith("tanh(input)")
    assert json.loads(answer("schema", "eval"))["$schema"]
    assert answer("--version") == fresh(installed / "python", "-m", "gradcli", "--version", folder=tmp_path).stdout


def test_an_error_of_the_command_line_is_a_sentence(installed: Path, tmp_path: Path) -> None:
    """Which is Typer's part, where the installed one must be of a version that does."""
    run = fresh(installed / "gradcli", "x", "x=1", "--passes", "0", folder=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("error: Invalid value for '--passes'")


def test_colour_where_it_is_asked_for(installed: Path, tmp_path: Path) -> None:
    """Which is rich's part."""
    run = fresh(installed / "gradcli", "x**2", "x=3", "--color", "always", folder=tmp_path)
    assert (run.returncode, "\x1b[" in run.stdout) == (0, True)


@pytest.mark.parametrize(
    ("argv", "environment", "free_of"),
    [
        (["x**2", "x=3"], {}, {"lark", "typer", "rich", "click", "json", "dataclasses"}),
        (["x**2", "x=3", "--json"], {}, {"lark", "typer", "rich"}),
        (["--version"], {}, {"numpy", "lark", "typer", "rich"}),
        (["--help"], {}, {"numpy", "lark", "typer", "rich"}),
        (["eval", "--help"], {}, {"numpy", "lark", "typer", "rich"}),
        (["ops"], {}, {"numpy", "lark", "typer", "rich"}),
        (
            [],
            {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "gradcli\nlog_so", "COMP_CWORD": "1"},
            {"numpy", "lark", "typer", "rich"},
        ),
    ],
    ids=lambda value: " ".join(value) or "completion" if isinstance(value, list) else None,
)
def test_what_is_not_needed_is_not_imported(
    installed: Path, tmp_path: Path, argv: list[str], environment: dict[str, str], free_of: set[str]
) -> None:
    run = fresh(installed / "python", "-X", "importtime", "-m", "gradcli", *argv, folder=tmp_path, **environment)
    assert run.returncode == 0
    assert run.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines() if "|" in line}
    assert "gradcli" in imported
    assert imported & free_of == set()


def test_types_are_there_for_programs(installed: Path, tmp_path: Path) -> None:
    script = "from gradcli import Request, evaluate\nprint(evaluate(Request('x**2', [('x', '3', False)])).grads['x'].item())"
    run = fresh(installed / "python", "-c", script, folder=tmp_path)
    assert (run.stdout, run.stderr) == ("6.0\n", "")
