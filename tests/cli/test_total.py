"""`gradcli total`: sums over files of every kind, the same whatever computes them, and what is said of bad data."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from gradcli.report import schema
from gradcli.run.total import chunks
from tests.command import gradcli

LOSS = "(y - a*sin(x) - b)**2"
LEAVES = ("a=0.5", "b=0.1")


@pytest.fixture(scope="module")
def table() -> np.ndarray:
    return np.random.default_rng(0).random((3000, 2)).round(6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, table: np.ndarray) -> Path:
    """The same rows in every format."""
    import pyarrow as pa
    from pyarrow import feather, parquet

    folder = tmp_path_factory.mktemp("data")
    rows = [f"{x},{y},{'ab'[place % 2]}" for place, (x, y) in enumerate(table.tolist())]
    text = "x,y,g\n" + "\n".join(rows) + "\n"
    (folder / "d.csv").write_text(text)
    (folder / "d.tsv").write_text(text.replace(",", "\t"))
    (folder / "d.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (folder / "d.csv.zst").write_bytes(pa.Codec("zstd").compress(text.encode(), asbytes=True))
    (folder / "d.ndjson").write_text(
        "".join(json.dumps({"x": x, "y": y, "g": "ab"[p % 2]}) + "\n" for p, (x, y) in enumerate(table.tolist()))
    )
    np.save(folder / "d.npy", np.array([*map(tuple, table)], dtype=[("x", "f8"), ("y", "f8")]))
    columns = pa.table({"x": table[:, 0], "y": table[:, 1], "g": ["ab"[place % 2] for place in range(len(table))]})
    parquet.write_table(columns, folder / "d.parquet", row_group_size=1000)
    feather.write_feather(columns, folder / "d.arrow", compression="uncompressed")
    return folder


def answer(*argv: str, code: int = 0, **options: Any) -> dict[str, Any]:
    run = gradcli("total", *argv, "--json", **options)
    assert run.returncode == code, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    Draft202012Validator(json.loads(schema.load("total"))).validate(found)
    return found


def test_the_sum_and_its_gradients_are_those_of_numpy(folder: Path, table: np.ndarray) -> None:
    x, y = table.T
    residual = y - 0.5 * np.sin(x) - 0.1
    found = answer(LOSS, "--data", str(folder / "d.csv"), *LEAVES, "--also", "hessian,squares")
    assert found["value"] == pytest.approx(float(np.sum(residual**2)), rel=1e-14)
    slopes = np.stack([-2 * residual * np.sin(x), -2 * residual])
    assert [found["grads"]["a"], found["grads"]["b"]] == pytest.approx(slopes.sum(axis=1).tolist(), rel=1e-13)
    np.testing.assert_allclose(found["squares"], slopes @ slopes.T, rtol=1e-12)
    np.testing.assert_allclose(
        found["hessian"], [[2 * np.sum(np.sin(x) ** 2), 2 * np.sum(np.sin(x))], [2 * np.sum(np.sin(x)), 6000]]
    )
    mean = answer(LOSS, "--data", str(folder / "d.csv"), *LEAVES, "--mean")
    assert mean["value"] == pytest.approx(found["value"] / 3000, rel=1e-15)


@pytest.mark.parametrize("name", ["d.csv", "d.tsv", "d.csv.gz", "d.csv.zst", "d.ndjson", "d.npy", "d.parquet", "d.arrow"])
def test_every_format_gives_the_same_digits(folder: Path, name: str) -> None:
    found = answer(LOSS, "--data", str(folder / name), *LEAVES)
    assert found["rows"] == 3000
    assert found["value"] == pytest.approx(answer(LOSS, "--data", str(folder / "d.csv"), *LEAVES)["value"], rel=1e-15)


def test_groups_add_up_and_globs_are_files(folder: Path) -> None:
    found = answer(LOSS, "--data", str(folder / "d.csv*"), str(folder / "d.parquet"), *LEAVES, "--by", "g")
    assert found["rows"] == 4 * 3000
    assert [found["groups"][key]["rows"] for key in "ab"] == [6000, 6000]
    assert sum(each["value"] for each in found["groups"].values()) == pytest.approx(found["value"])


def test_standard_input_is_data(folder: Path) -> None:
    found = answer(LOSS, "--data", "-", *LEAVES, stdin=(folder / "d.csv").read_bytes())
    assert found["value"] == answer(LOSS, "--data", str(folder / "d.csv"), *LEAVES)["value"]


def test_the_digits_do_not_depend_on_the_number_of_workers(folder: Path) -> None:
    argv = (LOSS, "--data", *[str(folder / f"d.{each}") for each in ("csv", "parquet", "tsv", "csv.gz")], *LEAVES)
    alone, two, three = (answer(*argv, "--jobs", jobs) for jobs in ("1", "2", "3"))
    assert alone == two == three


def test_pieces_are_cut_at_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_PIECE", 100)
    path = tmp_path / "d.csv"
    path.write_text("# about\nx\n" + "".join(f"{place}\n" for place in range(1000)))
    found = [*chunks.chunks_of(str(path))]
    assert len(found) > 10
    text = path.read_bytes()
    pieces = [text[each.place[0] : sum(each.place)] for each in found]
    assert all(each.endswith(b"\n") for each in pieces)
    assert b"".join(pieces) == text[len(b"# about\nx\n") :]
    assert chunks.first_line(found[1]) == 3 + pieces[0].count(b"\n")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(text))
    assert [each.text for each in chunks.chunks_of(str(tmp_path / "d.csv.gz"))] == pieces


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"x,y\n1,2\n3,\n", "line 3, column 'y': the value is missing"),
        ("a.csv", b"x,y\n1,2\n3,oops\n", "line 3, column 'y': 'oops' is not a number"),
        ("a.csv", b"x,y\n1,2\n3\n", "line 3 has 1 cells, where the header has 2"),
        ("a.csv", b"x,z\n1,2\n", "has no column 'y'"),
        ("a.csv", b"1,2\n3,4\n", "has no header"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"x,y\n", "the data have no rows"),
        ("a.csv", b"x,y\n\xff\xfe,1\n", "is not UTF-8 text"),
        ("a.csv.gz", gzip.compress(b"x,y\n" + b"1,2\n" * 1000, mtime=0)[:-20], "is truncated"),
        ("a.csv.gz", b"not gzip", "cannot read"),
        ("a.parquet", b"PAR1 no", "cannot read"),
        ("a.npy", b"\x93NUMPY no", "no array"),
        ("a.ndjson", b'{"x": 1, "y": 2}\n[1]\n', "line 2 is no JSON object"),
        ("a.ndjson", b'{"x": 1, "y": 2}\n{"x": 1}\n', "line 2' has no column 'y'"),
        ("a.xlsx", b"PK", "the extension '.xlsx'"),
    ],
)
def test_bad_data_are_one_sentence_and_can_be_left_out(
    name: str, content: bytes, said: str, tmp_path: Path, folder: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    argv = ("x*y*a", "--data", str(folder / "d.csv"), str(tmp_path / name), "a=1")
    run = gradcli("total", *argv)
    if "no rows" in said:
        assert run.returncode == 0
        return
    assert (run.returncode, run.stdout) == (1, "")
    assert said in run.stderr.splitlines()[0], run.stderr
    found = gradcli("total", *argv, "--skip-bad", "--json")
    assert found.stdout, found.stderr
    document = json.loads(found.stdout)
    assert document["rows"] in (3000, 3001)
    assert document["skipped_rows"] or document["failed_files"] or name.endswith(".ndjson")


def test_what_is_no_sum_is_told(folder: Path) -> None:
    data = ("--data", str(folder / "d.csv"))
    for argv, said in [
        (("a**2", *data, "a=1"), "reads no column"),
        (("x*a", "--data", str(folder / "none*.csv"), "a=1"), "no file matches"),
        (("x*a", *data, "a=[1, 2]"), "a row gives 2 values"),
        (("x*a", "a=1"), "there are no data"),
        (("x*a", *data, "a=1", "--also", "jacobian"), "--also knows no 'jacobian'"),
    ]:
        run = gradcli("total", *argv)
        assert run.returncode in (1, 2)
        assert said in run.stderr.splitlines()[0], run.stderr


def test_memory_stays_where_it_is(tmp_path: Path) -> None:
    """A hundred times the data takes no more memory: pieces are gone when they have been summed."""
    peaks = []
    for rows in (200_000, 2_000_000):
        path = tmp_path / f"{rows}.npy"
        np.save(path, np.lib.stride_tricks.as_strided(np.ones((1, 2)), (rows, 2), (0, 8)))
        code = (
            "import resource, sys; from gradcli.cli.main import main; "
            f"sys.argv = ['gradcli', 'total', '(x1 - a*x0)**2', '--data', {str(path)!r}, 'a=1', '--jobs', '1']; main(); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] < peaks[0] + 60_000  # KiB; the file of the second is 32 MB, and is mapped


# --- Dask -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """(address of a scheduler, a function that starts one more worker), as processes on loopback."""
    pytest.importorskip("distributed")
    scheduler_file = tmp_path / "scheduler.json"
    started: list[subprocess.Popen[bytes]] = []

    def start(*argv: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        command = [sys.executable, "-m", *argv, "--scheduler-file", str(scheduler_file)]
        started.append(subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=tmp_path))
        return started[-1]

    start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    for _ in range(300):
        if scheduler_file.exists() and scheduler_file.read_text():
            break
        time.sleep(0.1)
    address = json.loads(scheduler_file.read_text())["address"]
    worker = lambda: start("distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard", "--no-nanny")  # noqa: E731
    worker()
    yield address, worker
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are ended by signals")
def test_a_cluster_gives_the_digits_of_one_process_though_a_worker_dies_and_one_comes_late(
    cluster: tuple[str, Any], folder: Path
) -> None:
    address, start = cluster
    doomed = start()
    data = [str(folder / "d.csv")] * 40
    argv = (LOSS, "--data", *data, *LEAVES)
    alone = answer(*argv, "--jobs", "1")
    run = subprocess.Popen(
        [os.path.join(os.path.dirname(sys.executable), "gradcli"), "total", *argv, "--dask", address, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(1.5)
    doomed.send_signal(signal.SIGKILL)
    start()
    out, err = run.communicate(timeout=90)
    assert run.returncode == 0, err.decode()
    assert json.loads(out) == alone


def test_a_scheduler_that_is_not_there_is_a_sentence(folder: Path) -> None:
    argv = ("total", LOSS, "--data", str(folder / "d.csv"), *LEAVES, "--dask", "tcp://127.0.0.1:1")
    run = gradcli(*argv, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s")
    assert run.returncode == 1
    assert "no Dask scheduler answers" in run.stderr


# --- searches and maps ----------------------------------------------------------------------------------------------


def test_a_fit_over_several_files_is_that_over_one(folder: Path) -> None:
    argv = ("fit", "y = a*sin(x) + b")
    whole = json.loads(gradcli(*argv, "--data", str(folder / "d.csv"), *LEAVES, "--json").stdout)
    parts = json.loads(gradcli(*argv, "--data", str(folder / "d.parquet"), *LEAVES, "--json").stdout)
    assert parts["converged"]
    for name in "ab":
        assert parts["parameters"][name]["value"] == pytest.approx(whole["parameters"][name]["value"], rel=1e-9, abs=1e-12)
        assert parts["parameters"][name]["stderr"] == pytest.approx(whole["parameters"][name]["stderr"], rel=1e-9)


def test_a_sum_over_data_is_minimized(folder: Path) -> None:
    run = gradcli("minimize", LOSS, "--data", str(folder / "d.csv"), str(folder / "d.npy"), *LEAVES, "--mean", "--json")
    found = json.loads(run.stdout)
    assert found["converged"]
    one = json.loads(gradcli("fit", "y = a*sin(x) + b", "--data", str(folder / "d.csv"), *LEAVES, "--json").stdout)
    assert found["at"]["b"] == pytest.approx(one["parameters"]["b"]["value"], rel=1e-9)


def test_parts_are_written_once_and_resumed(folder: Path, table: np.ndarray, tmp_path: Path) -> None:
    import pyarrow.parquet

    parts = tmp_path / "parts"
    argv = ("batch", "x*y + k", "-c", "k=1", "--data", str(folder / "d.csv"), str(folder / "d.parquet"), "-o", str(parts))
    run = gradcli(*argv)
    assert run.returncode == 0, run.stderr
    names = sorted(path.name for path in parts.iterdir())
    assert len(names) == 4
    rows = (parts / names[0]).read_text().splitlines()
    assert rows[0] == "x,y,g,out,d_x,d_y"
    x, y = table[0].tolist()
    assert rows[1] == f"{x},{y},a,{x * y + 1!r},{y},{x}"
    assert pyarrow.parquet.read_table(parts / names[1]).column_names == ["x", "y", "g", "out", "d_x", "d_y"]
    assert "parts already" in gradcli(*argv).stderr
    (parts / names[2]).unlink()
    again = gradcli(*argv, "--resume")
    assert again.stdout == "1 parts written, 1,000 rows, 3 were there, 0 failed\n"


def test_a_bad_file_leaves_no_part_and_the_others_go_on(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("x,y\n1,oops\n")
    run = gradcli("batch", "x*y", "--data", str(tmp_path / "bad.csv"), str(folder / "d.csv"), "-o", str(tmp_path / "parts"))
    assert run.returncode == 1
    assert "'oops' is not a number" in run.stderr
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["part-0001-d-000000.csv"]
