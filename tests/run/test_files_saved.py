"""Gradients saved to a file: read back by others, whole or not at all, and refused before anything is computed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.files import check_target, read, save_gradients

GRADIENTS = {"x": np.array([[4.5, 4.5], [4.5, -0.1]], np.float32), "file": np.array(2.0), "y": None}
FORMATS = [".npz", ".npy", ".json"]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(act, *arguments, **options) -> Problem:
    with pytest.raises(Problem) as caught:
        act(*arguments, **options)
    assert "\n" not in caught.value.message
    return caught.value


def test_npz_holds_all_gradients_that_there_are(folder):
    save_gradients("a.npz", GRADIENTS)
    with np.load("a.npz") as saved:
        assert sorted(saved) == ["file", "x"]
        assert saved["x"].dtype == np.float32
        assert np.array_equal(saved["x"], GRADIENTS["x"])
        assert saved["file"].shape == ()
    save_gradients("none.npz", {"y": None})
    with np.load("none.npz") as saved:
        assert list(saved) == []


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.array(1.5),
        np.zeros((0, 3), np.float32),
        np.arange(12.0).reshape(3, 4).T,
        np.arange(12.0)[::-2],
        np.float16([np.nan]),
    ],
)
def test_npy_holds_one_gradient(folder, array):
    save_gradients("A.NPY", {"x": array, "y": None})
    saved = np.load("A.NPY")
    assert saved.dtype == array.dtype
    assert saved.shape == array.shape
    assert np.array_equal(saved, array, equal_nan=True)
    assert np.array_equal(read("A.NPY", stdin=bytes, limit=None, label="x"), array, equal_nan=True)


def test_json_has_the_shortest_digits_and_null(folder):
    save_gradients("a.json", GRADIENTS)
    assert Path("a.json").read_text() == '{"x": [[4.5, 4.5], [4.5, -0.1]], "file": 2.0, "y": null}\n'
    save_gradients("a.json", {})
    assert Path("a.json").read_text() == "{}\n"


def test_json_writes_what_is_not_finite_as_it_is_told(folder):
    gradients = {"x": np.ones(1), "y": np.array([np.nan, np.inf, -np.inf])}
    save_gradients("a.json", gradients)
    assert json.loads(Path("a.json").read_text())["y"] == ["NaN", "Infinity", "-Infinity"]
    save_gradients("a.json", gradients, nonfinite="null")
    assert json.loads(Path("a.json").read_text())["y"] == [None, None, None]
    before = Path("a.json").read_text()
    problem = refused(save_gradients, "a.json", gradients, nonfinite="error")
    assert "the gradient of y cannot be saved: the value at [0] is nan" in problem.message
    assert (problem.code, problem.exit) == ("non-finite", 3)
    assert Path("a.json").read_text() == before
    assert os.listdir() == ["a.json"]


def test_npy_of_another_number_of_gradients_is_refused(folder):
    problem = refused(save_gradients, "a.npy", {"x": np.ones(1), "y": np.ones(1)})
    assert problem.message == "an npy file holds one gradient, and there are 2 (x, y) for 'a.npy'"
    assert "is none" in refused(save_gradients, "a.npy", {"x": None}).message
    assert "are 2 (x, y)" in refused(check_target, "a.npy", ["x", "y"]).message
    assert os.listdir() == []


@pytest.mark.parametrize(
    "save", [check_target, lambda path, names: save_gradients(path, {"x": np.ones(2)})], ids=["check", "save"]
)
def test_a_target_that_cannot_be_is_refused(folder, save):
    os.mkdir("folder.npz")
    os.symlink(os.devnull, "null.json")
    os.symlink("loop.json", "loop.json")
    for path, type, message in [
        ("a.csv", "ValueError", "'a.csv' has the extension '.csv', and gradients are saved as .npz, .npy, .json"),
        ("a", "ValueError", "'a' has no extension"),
        ("", "ValueError", "'' has no extension"),
        ("none/a.npz", "FileNotFoundError", "'none/a.npz' is to be in the folder"),
        ("folder.npz", "IsADirectoryError", "Is a directory: 'folder.npz'"),
        ("null.json", "ValueError", "'null.json' is a device or a pipe"),
        ("loop.json", "OSError", "Too many levels of symbolic links: 'loop.json'"),
        ("a\0.npz", "ValueError", "cannot be a file's name"),
        ("a" * 300 + ".npz", "OSError", "File name too long"),
    ]:
        problem = refused(save, path, ["x"])
        assert message in problem.message
        assert (problem.code, problem.type) == ("file", type)
    assert sorted(os.listdir()) == ["folder.npz", "loop.json", "null.json"]
    assert refused(save, "a.jsn", ["x"]).hint == "did you mean '.json'?"


def test_checking_a_good_target_leaves_it_alone(folder):
    Path("old.npy").write_text("old")
    check_target("old.npy", ["x"])
    check_target("new.npz", ["x", "y"])
    assert os.listdir() == ["old.npy"]
    assert Path("old.npy").read_text() == "old"


def test_permissions_and_links_stay_unpromoted(folder):
    Path("real.json").write_text("old")
    os.chmod("real.json", 0o640)
    os.symlink("real.json", "link.json")
    os.symlink("later.json", "dangling.json")
    save_gradients("link.json", {"x": np.ones(1)})
    save_gradients("dangling.json", {"x": np.ones(1)})
    assert os.readlink("link.json") == "real.json"
    assert Path("real.json").read_text() == Path("later.json").read_text() == '{"x": [1.0]}\n'
    assert stat.S_IMODE(os.stat("real.json").st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_the_umask(folder):
    before = os.umask(0o027)
    try:
        save_gradients("a.npz", {"x": np.ones(1)})
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat("a.npz").st_mode) == 0o640


@pytest.fixture
def unprivileged():
    """A folder that belongs to whom the test runs as: not to root, who may do anything."""
    with tempfile.TemporaryDirectory() as name:
        user = os.geteuid()
        if user == 0:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.chmod(name, 0o700)
            os.seteuid(user)


@pytest.mark.parametrize("protected", ["a.npz", "."])
def test_what_may_not_be_written_is_refused(unprivileged, protected):
    target = unprivileged / "a.npz"
    target.write_text("old")
    os.chmod(unprivileged / protected, 0o500)
    for act in (lambda: check_target(str(target), ["x"]), lambda: save_gradients(str(target), {"x": np.ones(1)})):
        problem = refused(act)
        assert problem.message == f"Permission denied: {str(target)!r}"
        assert problem.type == "PermissionError"
    assert target.read_text() == "old"


# A bound on the size of files that the process may write stands in for a full disk.
FULL_DISK = """
import resource, sys
import numpy as np
from gradcli.errors import Problem
from gradcli.run.files import save_gradients
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    save_gradients(sys.argv[1], {"x": np.linspace(0, 1, 100_000)})
except Problem as problem:
    print(problem.code, problem.message)
"""


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("existed", [False, True])
def test_a_full_disk_leaves_what_was_there(folder, extension, existed):
    path = f"a{extension}"
    if existed:
        Path(path).write_text("old")
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert ran.stdout == f"file File too large: '{path}'\n"
    assert os.listdir() == ([path] if existed else [])
    assert not existed or Path(path).read_text() == "old"


@pytest.mark.parametrize("extension", FORMATS)
def test_an_interruption_leaves_what_was_there(folder, extension, monkeypatch):
    path = Path(f"a{extension}")
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_gradients(str(path), {"x": np.ones(3)})
    assert path.read_text() == "old"
    assert os.listdir() == [path.name]
