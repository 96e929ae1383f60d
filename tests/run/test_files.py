"""Files and standard input become arrays, or one sentence that says where the file is wrong."""

from __future__ import annotations

import io
import os
import pickle
import random
import struct
import tempfile
import threading
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.run.files import read


def never() -> bytes:
    raise AssertionError("standard input is not asked for")


def load(reference: object, limit: int | None = None) -> np.ndarray:
    return read(str(reference), stdin=never, limit=limit, label="x")


def piped(content: bytes, part: str = "", limit: int | None = None) -> np.ndarray:
    return read(f"-{part}", stdin=lambda: content, limit=limit, label="x")


def refused(reference: object, limit: int | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        load(reference, limit)
    problem = caught.value
    assert problem.code == ("limit" if problem.type == "MemoryError" else "file")
    assert problem.span is None
    assert "\n" not in problem.message
    return problem


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: bytes | str) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def same(array: np.ndarray, expected: object, dtype: str) -> None:
    assert array.dtype == dtype
    assert array.dtype.isnative
    assert array.flags.c_contiguous
    assert np.array_equal(array, np.asarray(expected), equal_nan=dtype.startswith("float"))
    assert array.shape == np.shape(expected)


# ---- npy -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "dtype"),
    [
        ("f8", "float64"),
        (">f8", "float64"),
        ("f4", "float32"),
        (">f4", "float32"),
        ("f2", "float16"),
        ("i8", "int64"),
        (">i4", "int32"),
        ("i2", "int16"),
        ("i1", "int8"),
        ("u1", "uint8"),
        ("u2", "int64"),
        (">u4", "int64"),
        ("u8", "int64"),
        ("?", "bool"),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(2, 3), (), (0, 4), (1,)])
def test_npy_keeps_its_dtype_and_shape(folder, saved, dtype, order, shape):
    array = np.asarray(np.arange(np.prod(shape)).reshape(shape) % 5, saved, order=order)
    np.save("a.npy", array)
    same(load("a.npy"), array, dtype)


def npy(header: str, version: int = 1, data: bytes = b"") -> bytes:
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


def described(descr: str = "'<f8'", shape: str = "(2,)", fortran: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_of_npy_is_read(folder, version):
    same(load(write("a.npy", npy(described(), version, np.array([1.0, 2.0]).tobytes()))), [1.0, 2.0], "float64")


@pytest.mark.parametrize("dtype", ["<c8", "<c16", ">c16"])
def test_complex_numbers_of_npy_are_read(folder, dtype):
    content = npy(described(f"'{dtype}'"), 1, np.array([1 + 2j, -3j], dtype).tobytes())
    same(load(write("a.npy", content)), [1 + 2j, -3j], np.dtype(dtype).name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(described(), 1, b"\0" * 15), "array in 'a.npy' is cut short: its header promises 16 bytes, and 15 are there"),
        (npy(described(shape=f"({10**15},)")), "cut short: its header promises 8000000000000000 bytes"),
        (npy(described())[:30], "cut short within its header"),
        (b"\x93NUMPY\x01", "cut short within its header"),
        (npy(described(), 9), "of npy version 9.0"),
        (b"hello, world", "neither an npy nor an npz file: it begins with b'hello,'"),
        (pickle.dumps([1, 2]), "'a.npy' is a pickle, which is never loaded"),
        (b"", "'a.npy' is empty"),
        (b"\x93NUMPY\x02\0\xff\xff\xff\xff", "a header of 4294967295 bytes"),
        (npy("(" * 9999), "the header of the array in 'a.npy' is damaged"),
        (npy("'\\d'"), "damaged"),
        (npy(described(shape="(-1,)")), "damaged"),
        (npy(described(shape="3")), "damaged"),
        (npy(described(shape="(True,)")), "damaged"),
        (npy(described(shape=f"(0, {2**62})")), "damaged"),
        (npy(described(shape=f"({'1,' * 65})"), 1, b"\0" * 8), "damaged"),
        (npy(described(fortran="1")), "damaged"),
        (npy(described("'<q9'")), "damaged"),
        (npy("{'shape': (2,)}"), "damaged"),
    ],
)
def test_a_damaged_npy_is_one_sentence(folder, content, message):
    problem = refused(write("a.npy", content))
    assert message in problem.message
    assert problem.type == "ValueError"


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        ("O", "pickled Python objects, which are never loaded"),
        ("U3", "texts"),
        ("S3", "texts"),
        ("M8[s]", "dates"),
        ("m8[s]", "durations"),
        ([("a", "f8"), ("b", "i4")], "records"),
    ],
)
def test_what_holds_no_numbers_is_refused(folder, dtype, message):
    np.save("a.npy", np.zeros(2, dtype), allow_pickle=True)
    problem = refused("a.npy")
    assert message in problem.message
    assert "'a.npy'" in problem.message
    assert problem.type == "TypeError"


def test_numbers_that_fit_no_dtype_are_refused(folder):
    np.save("a.npy", np.array([1, 2**63], "u8"))
    assert "9223372036854775808, which is too large for int64" in refused("a.npy").message
    if np.dtype(np.longdouble).itemsize > 8:
        np.save("a.npy", np.zeros(2, np.longdouble))
        assert "which PyTorch does not have" in refused("a.npy").message


def test_a_bool_that_is_neither_is_true(folder):
    same(load(write("a.npy", npy(described("'|b1'", "(3,)"), 1, b"\0\1\2"))), [False, True, True], "bool")


def test_an_npy_has_no_parts(folder):
    np.save("a.npy", np.ones(2))
    assert "has no part 'b'" in refused("a.npy#b").message


# ---- npz -------------------------------------------------------------------------------------------------------------


def test_npz_members_are_picked_by_name(folder):
    np.savez("a.npz", alpha=np.ones(3), beta=np.arange(4).reshape(2, 2))
    np.savez_compressed("one.npz", only=np.float32([0.5]))
    same(load("a.npz#beta"), [[0, 1], [2, 3]], "int64")
    same(load("a.npz#alpha.npy"), [1.0, 1.0, 1.0], "float64")
    same(load("one.npz"), [0.5], "float32")
    os.rename("a.npz", "A.NPZ")
    same(load("A.NPZ#alpha"), [1.0, 1.0, 1.0], "float64")


def test_a_member_that_is_not_there_is_named_with_those_that_are(folder):
    np.savez("a.npz", alpha=np.ones(3), beta=np.zeros(2))
    np.savez("none.npz")
    assert refused("a.npz").message == "'a.npz' holds 2 arrays: alpha, beta"
    problem = refused("a.npz#alpa")
    assert (problem.type, problem.hint) == ("KeyError", "did you mean 'alpha'?")
    assert refused("a.npz#zzz").hint == "its members: alpha, beta"
    assert refused("none.npz").message == "'none.npz' holds no array"


def archive(name: str = "a.npy", content: bytes = npy(described(), 1, b"\0" * 16)) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr(name, content)
    return file.getvalue()


def encrypted() -> bytes:
    content = bytearray(archive())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive()[:-30], "an archive that cannot be read"),
        (archive()[:60] + b"\xff" * 9 + archive()[69:], "an archive that cannot be read"),
        (encrypted(), "is encrypted"),
        (archive("a.txt", b"hello, world"), "member 'a.txt' in 'a.npz' is not an npy array"),
        (archive(content=npy(described("'|O'"))), "member 'a' in 'a.npz' holds pickled Python objects"),
        (archive(content=npy(described())), "member 'a' in 'a.npz' is cut short: its header promises 16 bytes, and 0"),
    ],
)
def test_a_damaged_npz_is_one_sentence(folder, content, message):
    assert message in refused(write("a.npz", content)).message


# ---- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected", "dtype"),
    [
        ("a.csv", "a,b,c\n1,2,3\n4,5,6\n", [[1, 2, 3], [4, 5, 6]], "int64"),
        ("a.csv", "1,2\n3,4.5", [[1, 2], [3, 4.5]], "float64"),
        ("a.csv", "x\n1\n\n2\n", [1, 2], "int64"),
        ("a.csv", "5", [5], "int64"),
        ("a.csv", "1,2,3", [[1, 2, 3]], "int64"),
        ("a.csv", "\ufeffa;b\r\n1;2\r\n\r\n3;4\r\n", [[1, 2], [3, 4]], "int64"),
        ("a.csv", '"a,1","b"\n"1", "2"\n', [[1, 2]], "int64"),
        ("a.csv", 'a,"two\nlines"\n1,2\n', [[1, 2]], "int64"),
        ("a.csv", "1,2\r3,4\r", [[1, 2], [3, 4]], "int64"),
        (
            "a.csv",
            "nan,inf,-Infinity,+1e5,.5\nNaN,INF,-inf,1.,0\n",
            [[np.nan, np.inf, -np.inf, 1e5, 0.5], [np.nan, np.inf, -np.inf, 1, 0]],
            "float64",
        ),
        ("a.csv", "9223372036854775807\n-9223372036854775808", [2**63 - 1, -(2**63)], "int64"),
        ("a.csv", "9223372036854775808\n1\n", [2.0**63, 1.0], "float64"),
        ("a.tsv", "a\tb\n1\t2\n", [[1, 2]], "int64"),
        ("a.txt", "# made by hand\n1 2 3\n", [1, 2, 3], "int64"),
        ("a.txt", "1 \t 2 # first\n\n3 4.5\n", [[1, 2], [3, 4.5]], "float64"),
        ("a.txt", "1\n2\n", [1, 2], "int64"),
        ("a.txt", "7", [7], "int64"),
        ("A.CSV", "1,2\n3,4", [[1, 2], [3, 4]], "int64"),
        # what stands between cells
        ("a.csv", "x\ty\n1\t2\n", [[1, 2]], "int64"),
        ("a.csv", "x|y\n1|2\n", [[1, 2]], "int64"),
        ("a.csv", "1 2\n3 4\n", [[1, 2], [3, 4]], "int64"),
        ("a.csv", "sep=;\nx;y\n1;2\n", [[1, 2]], "int64"),
        ("a.tsv", "x,y\n1,2\n", [[1, 2]], "int64"),
        ("a.txt", "1;2\n3;4\n", [[1, 2], [3, 4]], "int64"),
        ("a.txt", "1, 2\n3, 4\n", [[1, 2], [3, 4]], "int64"),
        ("a.csv", "1,\t2\n3,\t4\n", [[1, 2], [3, 4]], "int64"),
        # commas in numbers
        ("a.csv", 'x,y\n"1,234.5",2\n"2,000",4\n', [[1234.5, 2], [2000, 4]], "float64"),
        ("a.csv", 'x\n"1,234,567"\n"2,000"\n', [1234567, 2000], "float64"),
        ("a.csv", 'x,y\n"1,5",2\n"2,000",4\n', [[1.5, 2], [2, 4]], "float64"),
        ("a.csv", "x;y\n1,5;2,25\n3,5;4,0\n", [[1.5, 2.25], [3.5, 4]], "float64"),
        ("a.csv", "x;y\n1,234;2\n", [[1.234, 2]], "float64"),
        ("a.csv", "x;y\n1.234,5;2\n", [[1234.5, 2]], "float64"),
        ("a.csv", "1,5\t2,25\n-3,5e-1\t4\n", [[1.5, 2.25], [-0.35, 4]], "float64"),
        # comments
        ("a.csv", "# units: m, kg\nx,y\n1,2\n# 3\n3,4\n#", [[1, 2], [3, 4]], "int64"),
        ("a.csv", "x,y\n1,2 # a, b\n3,4\n", [[1, 2], [3, 4]], "int64"),
        ("a.csv", 'x,y\n1,2 # one\n"3",4\n', [[1, 2], [3, 4]], "int64"),
        ("a.tsv", "# made by\n# a logger\nx\ty\n1\t2\n", [[1, 2]], "int64"),
        ("a.txt", "% x y\n1 2\n% z\n3 4\n", [[1, 2], [3, 4]], "int64"),
        # spellings
        ("a.csv", "x\n1.5D+03\n2.0d-1\n", [1500, 0.2], "float64"),
        ("a.csv", "x\n5.687138413593-304\n1.+100\n", [5.687138413593e-304, 1e100], "float64"),
        ("a.csv", "x\n1.#INF\n-1.#INF\n1.#QNAN\n-1.#IND\n", [np.inf, -np.inf, np.nan, np.nan], "float64"),
        ("a.csv", "x,y\n1,NA\nN/A,2\nnull,#N/A\n", [[1, np.nan], [np.nan, 2], [np.nan, np.nan]], "float64"),
        ("a.csv", "NA,1\n2,3\n", [[np.nan, 1], [2, 3]], "float64"),
        ("a.csv", "NA\n1\n", [1], "int64"),
    ],
)
def test_tables(folder, name, content, expected, dtype):
    same(load(write(name, content)), expected, dtype)


@pytest.mark.parametrize(
    ("part", "expected", "dtype"),
    [
        ("price", [1.5, 2.5], "float64"),
        ("2020", [10, 30], "int64"),
        ("0", [1.5, 2.5], "float64"),
        ("-1", [10, 30], "int64"),
        ("two, words", [3, 4], "int64"),
    ],
)
def test_columns_are_picked_by_name_or_by_number_from_0(folder, part, expected, dtype):
    write("a.csv", 'price,name,"two, words",2020\n1.5,bob,3,10\n2.5,al,4,30\n')
    same(load(f"a.csv#{part}"), expected, dtype)


def test_a_comment_above_the_numbers_names_the_columns(folder):
    same(load(write("a.txt", "# made by hand\n# x  y\n1 2\n3 4\n") + "#y"), [2, 4], "int64")
    same(load(write("a.csv", "#x,y\n1,2\n3,4\n") + "#y"), [2, 4], "int64")


def test_packed_files_are_read_and_told(folder):
    import bz2
    import gzip
    import lzma

    for module, ending, name in ((gzip, ".gz", "gzip"), (bz2, ".bz2", "bzip2"), (lzma, ".xz", "xz")):
        told = []
        write(f"a.csv{ending}", module.compress(b"x,y\n1,2\n3,4\n"))
        array = read(f"a.csv{ending}#y", stdin=pytest.fail, limit=None, label="x", tell=told.append)
        same(array, [2, 4], "int64")
        assert f"not UTF-8 text but {name}" in told[0]
        same(piped(module.compress(b"[1, 2]")), [1, 2], "int64")
        same(load(write(f"b.npy{ending}", module.compress(saved()))), [0.5], "float64")
        assert "damaged" in refused(write(f"c.csv{ending}", module.compress(b"1\n" * 1000)[:-9])).message
        assert "more than" in refused(write(f"d.csv{ending}", module.compress(b"1\n" * 5_000_000)), 1000).message


@pytest.mark.parametrize(
    ("name", "content", "message", "hint"),
    [
        ("a.xlsx", b"PK\3\4", "'a.xlsx' is a spreadsheet", "CSV"),
        ("a.parquet", b"PAR1", "'a.parquet' is a Parquet file", "to_csv"),
        ("a.mat", b"MATLAB 5.0 MAT-file", "'a.mat' is a MATLAB file", "numpy.save"),
        ("a.csv", b"PAR1\xff", "'a.csv' is a Parquet file", "pandas.read_parquet('a.csv')"),
        ("a.bin", b"\x89HDF\r\n", "'a.bin' is an HDF5 file", "h5py"),
        ("a.pkl", b"\x80\4", "'a.pkl' is a pickle, which is never loaded", "numpy.save"),
    ],
)
def test_formats_that_are_not_read_are_told_with_a_way_to_one_that_is(folder, name, content, message, hint):
    problem = refused(write(name, content))
    assert message in problem.message
    assert hint in problem.hint
    assert "rename" not in problem.hint


def test_columns_of_a_table_between_blanks(folder):
    same(load(write("a.txt", "1 2\n3 4\n") + "#1"), [2, 4], "int64")
    same(load(write("b.txt", "up down\n1 2\n3 4\n") + "#down"), [2, 4], "int64")


def test_a_column_that_is_not_there(folder):
    write("a.csv", "price,size,size\n1,2,3\n")
    write("b.csv", "1,2\n")
    problem = refused("a.csv#prize")
    assert (problem.type, problem.hint) == ("KeyError", "did you mean 'price'?")
    problem = refused("a.csv#3")
    assert (problem.type, problem.hint) == ("IndexError", "columns count from 0: #0 to #2")
    assert "2 columns named 'size'" in refused("a.csv#size").message
    assert refused("b.csv#a").hint == "it has no header: use #0 to #1"


@pytest.mark.parametrize(
    ("name", "content", "message", "hint"),
    [
        ("a.csv", "a,b\n1,2\n3\n", "'a.csv', line 3 has 1 cell, where line 1 has 2", None),
        ("a.csv", "\n1,2\n\n3,4,5\n", "'a.csv', line 4 has 3 cells, where line 2 has 2", None),
        ("a.csv", "a,b\n1,2\n3,\n", "'a.csv', line 3, column 'b': the cell is empty", "write nan"),
        ("a.csv", "1,2\n3,4o\n", "'a.csv', line 2, column 1 (counted from 0): '4o' is not a number", "pick a column"),
        ("a.csv", "name,v\nbob,1\n", "'a.csv', line 2, column 'name': 'bob' is not a number", "numbers: #v"),
        ("a.csv", 'a,"b\nc"\n1,2\nx,2\n', "'a.csv', line 4, column 'a': 'x' is not a number", "#b"),
        ("a.csv", 'a,b\n"1,5;2",2\n', "'a.csv', line 2, column 'a': '1,5;2' is not a number", "numbers: #b"),
        ("a.csv", 'a,b\n"1,234",2\n', "column 'a': '1,234' may be one number or another", "the comma: 1234 or 1.234"),
        ("a.csv", 'a,b\n"1,5",2\n"1,234.5",2\n', "line 3, column 'a': '1,234.5' is not a number", "numbers: #b"),
        ("a.csv", "day,v\n2020-01-02,3\n", "line 2, column 'day': '2020-01-02' is not a number", "numbers: #v"),
        ("a.csv", "a\n12-304\n", "'12-304' is not a number", None),
        ("a.csv", "a\n-\n", "'-' is not a number", None),
        ("a.csv", 'a,b\n"1,2\n3,4\n', "'a.csv', line 2: unexpected end of data", "quote"),
        ("a.csv", "a,b\n", "'a.csv' has no numbers below its header 'a, b'", None),
        ("a.csv", " \n \n", "'a.csv' is empty", None),
        ("a.csv", b"a\n1\n\xff\n", "'a.csv' is not UTF-8 text: line 3 has the byte 0xff", "iconv -f LATIN1 -t UTF-8 a.csv"),
        ("a.csv", "1,2".encode("utf-16"), "'a.csv' is not UTF-8 text", "save it as UTF-8: iconv -f UTF-16"),
        ("a.csv", "1,2".encode("utf-16-le"), "'a.csv' is not UTF-8 text", "save it as UTF-8: iconv -f UTF-16"),
        ("a.txt", "1 2\n3 x\n", "'a.txt', line 2, column 1 (counted from 0): 'x' is not a number", "#0"),
        ("a.txt", "# nothing\n", "'a.txt' holds no numbers", None),
        ("a.txt", "1,2\n3,4\n", "'a.txt', line 1, column 0 (counted from 0): '1,2' is not a number", "name the file .csv"),
        ("a.csv", f"1\n{'x' * 200_000}\n", f"'{'x' * 37}...' is not a number", None),
        ("a.csv", f'1\n"{"x" * 200_000}"\n', "'a.csv', line 2: field larger than field limit", "quote"),
    ],
)
def test_a_wrong_table_is_one_sentence_with_the_place(folder, name, content, message, hint):
    problem = refused(write(name, content))
    assert message in problem.message
    assert problem.type == "ValueError"
    assert (hint or "") in (problem.hint or "")
    assert (problem.hint is None) == (hint is None)


def test_a_wrong_cell_far_down_a_large_table_is_found(folder):
    rows = [f"{i},{i}.5" for i in range(20_000)]
    expected = np.array([[i, i + 0.5] for i in range(20_000)])
    same(load(write("a.csv", "\n".join(rows))), expected, "float64")
    rows[12_345] = "1,oops"
    assert "line 12346, column 1 (counted from 0): 'oops'" in refused(write("a.csv", "\n".join(rows))).message


def test_whole_numbers_stay_exact_until_the_first_float_of_a_later_block(folder):
    whole = [2**53 + 1] * 10_000
    same(load(write("a.txt", "\n".join(map(str, whole)))), whole, "int64")
    same(load(write("a.txt", "\n".join([*map(str, whole), "0.5"]))), [*map(float, whole), 0.5], "float64")


# ---- JSON ------------------------------------------------------------------------------------------------------------

DOCUMENT = """{"a": {"b": [1, 2.5]}, "c/d": [true, false], "~": "NaN",
               "t": {"data": [1, 2], "shape": [2, 1], "dtype": "int8"}}"""


@pytest.mark.parametrize(
    ("part", "expected", "dtype"),
    [
        ("#/a/b", [1, 2.5], "float64"),
        ("#/a/b/0", 1, "int64"),
        ("#a/b", [1, 2.5], "float64"),
        ("#t", [[1], [2]], "int8"),
        ("#/c~1d", [True, False], "bool"),
        ("#/~0", np.nan, "float64"),
        ("#/t", [[1], [2]], "int8"),
        ("#/t/data", [1, 2], "int64"),
    ],
)
def test_json_pointers(folder, part, expected, dtype):
    same(load(write("a.json", DOCUMENT) + part), expected, dtype)


def test_records_have_columns(folder):
    write("a.json", '[{"x": 1, "p": [1, 2]}, {"x": 3, "p": [3, 4]}]')
    same(load("a.json#x"), [1, 3], "int64")
    same(load("a.json#p"), [[1, 2], [3, 4]], "int64")
    same(load("a.json#/1/p"), [3, 4], "int64")


@pytest.mark.parametrize(
    ("content", "expected", "dtype"),
    [
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]], "int64"),
        ("3", 3, "int64"),
        ('\ufeff["Infinity", 1]', [np.inf, 1], "float64"),
        ("[NaN, 1]", [np.nan, 1], "float64"),
        ('["1.5", " 2"]', [1.5, 2.0], "float64"),
        ("[]", [], "float64"),
    ],
)
def test_json_documents(folder, content, expected, dtype):
    same(load(write("a.json", content)), expected, dtype)
    same(load("a.json#"), expected, dtype)


@pytest.mark.parametrize(
    ("content", "part", "message", "hint"),
    [
        (DOCUMENT, "", "'a.json' is an object with the keys a, c/d, ~, t, not a tensor", "pick a value: #/a"),
        (DOCUMENT, "#/a", "'/a' in 'a.json' is an object with the keys b", "#/a/b"),
        (DOCUMENT, "#a", "'a' in 'a.json' is an object with the keys b", "#/a/b"),
        ('[{"x": 1}, {"y": 2}]', "#x", "record 1 of 'a.json' (counted from 0) has no key 'x'", "with the keys y"),
        ('[{"x": 1}, {"x": 2}]', "", "'a.json' is a list of records with the keys x, not a tensor", "pick a column: #x"),
        ('[{"x": 1}, {"x": 2}]', "#/x", "'a.json' is a list, and 'x' is not the number of an entry", "#x is that column"),
        ('{"a": [{"x": 1}]}', "#a", "'a' in 'a.json' is a list of records", "#/a/0/x"),
        (DOCUMENT, "#/tt", "'a.json' has no key 'tt'", "did you mean 't'?"),
        (DOCUMENT, "#/zzz", "'a.json' has no key 'zzz'", "with the keys a"),
        (DOCUMENT, "#/a/b/2", "'/a/b' in 'a.json' is a list of 2, so there is no entry 2", "from 0"),
        (DOCUMENT, f"#/a/b/{'9' * 5000}", "'/a/b' in 'a.json' is a list of 2", "from 0"),
        (DOCUMENT, "#/a/b/x", "'/a/b' in 'a.json' is a list, and 'x' is not the number of an entry", ""),
        (DOCUMENT, "#/a/b/0/0", "'/a/b/0' in 'a.json' is no list and no object", ""),
        ("[[1, 2], [3]]", "", "in 'a.json', the list at [1] is not as long as the one at [0]", "same length"),
        ('{"a": [1, null]}', "#/a", "'/a' in 'a.json' has null at [1] where a number is wanted", "NaN"),
        ("[1,\n", "", "'a.json' is not JSON: expecting value at line 2, column 1", ""),
        ("[1] [2]", "", "'a.json' is not JSON: extra data at line 1, column 5", ""),
        ("[" * 200_000, "", "'a.json' is nested too deep", ""),
        ("9" * 5000, "", "'a.json' has a whole number of thousands of digits", ""),
        ("{}", "", "'a.json' is an object without keys", ""),
    ],
)
def test_wrong_json_is_one_sentence_with_the_place(folder, content, part, message, hint):
    problem = refused(write("a.json", content) + part)
    assert message in problem.message
    assert hint in (problem.hint or "")


# ---- standard input and pipes ----------------------------------------------------------------------------------------


def saved(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    if arrays:
        np.savez(file, **arrays)
    else:
        np.save(file, np.array([0.5]))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "part", "expected", "dtype"),
    [
        (b"[1, 2]", "", [1, 2], "int64"),
        (b" 5\n", "", 5, "int64"),
        (b'"NaN"', "", np.nan, "float64"),
        (b'{"a": [1]}', "#/a", [1], "int64"),
        (b"1 2 3\n", "", [1, 2, 3], "int64"),
        (b"1\n2\n", "", [1, 2], "int64"),
        (b"# a, b\n1 2\n3 4\n", "", [[1, 2], [3, 4]], "int64"),
        (b"1,2\n3,4\n", "", [[1, 2], [3, 4]], "int64"),
        (b"a;b\n1;2\n", "#b", [2], "int64"),
        (b'"a","b"\n1,2\n', "", [[1, 2]], "int64"),
        (b"a b\tc\n1\t2\n", "#a b", [1], "int64"),
        (saved(), "", [0.5], "float64"),
        (saved(a=np.ones(2), b=np.zeros(1)), "#a", [1.0, 1.0], "float64"),
    ],
)
def test_standard_input_tells_its_own_format(content, part, expected, dtype):
    same(piped(content, part), expected, dtype)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "standard input is empty"),
        (b" \n", "standard input is empty"),
        (b"[1, 2", "standard input is not JSON"),
        (b"hello\n1 2\n", "standard input, line 2 has 2 cells, where line 1 has 1"),
        (saved(a=np.ones(2), b=np.zeros(1)), "standard input holds 2 arrays: a, b"),
        (saved()[:-1], "the array in standard input is cut short"),
        (b"\x80\x04\x95", "standard input is not UTF-8 text"),
    ],
)
def test_wrong_standard_input_is_one_sentence(content, message):
    with pytest.raises(Problem) as caught:
        piped(content)
    assert message in caught.value.message


def test_a_pipe_tells_its_own_format(folder):
    os.mkfifo("pipe")
    writer = threading.Thread(target=write, args=("pipe", "1,2\n3,4\n"))
    writer.start()
    same(load("pipe"), [[1, 2], [3, 4]], "int64")
    writer.join()


def test_a_pipe_takes_the_memory_of_what_it_gives_however_high_the_limit_is(folder):
    os.mkfifo("pipe")
    writer = threading.Thread(target=write, args=("pipe", "1,2\n3,4\n"))
    writer.start()
    same(load("pipe", limit=1 << 60), [[1, 2], [3, 4]], "int64")
    writer.join()


def test_an_endless_pipe_is_cut_off_at_the_limit(folder):
    os.mkfifo("pipe")

    def pour() -> None:
        with suppress(BrokenPipeError), open("pipe", "wb", buffering=0) as pipe:
            while True:
                pipe.write(b"1 " * 50_000)

    writer = threading.Thread(target=pour)
    writer.start()
    assert "'pipe' gives more than" in refused("pipe", limit=1000).message
    writer.join()


# ---- references ------------------------------------------------------------------------------------------------------


def test_the_longest_name_that_exists_wins_over_a_part(folder):
    write("a.csv", "1,2\n")
    write("a.csv#0", "")
    write("a#b.csv", "3,4\n")
    same(load("a#b.csv"), [[3, 4]], "int64")
    same(load("a#b.csv#1"), [4], "int64")
    assert "'a.csv#0' is empty" in refused("a.csv#0").message


def test_a_file_that_cannot_be_opened_is_named_as_python_names_it(folder):
    write("data.csv", "1")
    os.symlink("loop.csv", "loop.csv")
    for reference, type, message, hint in [
        ("dta.csv#a", "FileNotFoundError", "No such file or directory: 'dta.csv'", "did you mean 'data.csv'?"),
        ("none/a.csv", "FileNotFoundError", "No such file or directory: 'none/a.csv'", "there is no folder 'none'"),
        (".", "IsADirectoryError", "Is a directory: '.'", None),
        ("data.csv/a.csv", "NotADirectoryError", "Not a directory: 'data.csv/a.csv'", None),
        ("a" * 300 + ".csv", "OSError", "File name too long", None),
        ("loop.csv", "OSError", "Too many levels of symbolic links: 'loop.csv'", None),
        ("a\0.csv", "ValueError", "'a\\x00.csv' cannot be a file's name", None),
        ("", "ValueError", "no file is named after '@'", "write @PATH, @PATH#PART, or @- for standard input"),
        ("#a", "ValueError", "no file is named after '@'", "write @PATH, @PATH#PART, or @- for standard input"),
        ("/dev/null", "ValueError", "'/dev/null' is a device", "use @- for standard input"),
    ]:
        problem = refused(reference)
        assert message in problem.message
        assert (problem.type, problem.hint) == (type, hint)


def test_a_file_that_may_not_be_read(unprivileged):
    path = unprivileged / "a.csv"
    path.write_text("1")
    path.chmod(0)
    problem = refused(path)
    assert problem.message == f"Permission denied: {str(path)!r}"
    assert problem.type == "PermissionError"


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
            os.seteuid(user)


@pytest.mark.parametrize(("name", "said"), [("a.dat", "the extension '.dat'"), ("a", "no extension")])
def test_an_unknown_extension_lists_those_that_are_known(folder, name, said):
    problem = refused(write(name, "1"))
    assert problem.message == f"'{name}' has {said}, and gradcli reads .npy, .npz, .csv, .tsv, .json, .txt"


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_an_array_may_take_the_limit_and_not_a_byte_more(folder):
    np.save("a.npy", np.ones(6))
    np.savez_compressed("a.npz", a=np.ones(6))
    np.save("u.npy", np.ones(6, "u2"))  # to be int64
    write("a.csv", "1,2,3\n4,5,6")
    write("a.txt", "1 2 3 4 5 6")
    write("a.json", "[[1, 2, 3], [4, 5, 6]]")
    for name in ("a.npy", "a.npz", "u.npy", "a.csv", "a.txt", "a.json"):
        assert load(name, 48).size == 6
        problem = refused(name, 47)
        assert "48 bytes, more than the limit of 47 bytes" in problem.message
        assert problem.message.startswith("x: ")
        assert f"'{name}'" in problem.message


def test_a_huge_header_is_refused_by_what_it_promises(folder):
    header = npy(described(shape="(1000000, 1000000, 1000)"))
    write("a.npy", header)
    write("b.npz", archive(content=header))
    for name in ("a.npy", "b.npz"):
        assert refused(name, 10**9).type == "MemoryError"
        assert "cut short" in refused(name).message


def test_a_bomb_is_not_unpacked(folder):
    np.savez_compressed("a.npz", a=np.zeros(4_000_000))
    assert os.path.getsize("a.npz") < 100_000
    assert "would need 32 MB, more than the limit of 1 MB" in refused("a.npz", 10**6).message


def test_a_text_far_beyond_the_limit_is_not_parsed(folder):
    write("a.json", "[" + "1," * 300_000 + "1]")
    assert "300,001 values in 'a.json' would need 2.4 MB" in refused("a.json", 10**6).message
    assert load("a.json", 10**7).size == 300_001
    write("b.txt", "1.000000000000000000000000000000000000000 " * 50_000)
    assert "'b.txt' holds 2.1 MB of text" in refused("b.txt", 1000).message
    assert "a table of at least 100,000 numbers" in refused(write("c.csv", "1\n" * 100_000), 1000).message


# ---- whatever comes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["-", ".npy", ".npz", ".csv", ".tsv", ".txt", ".json"])
def test_any_damage_gives_an_array_or_a_sentence(folder, extension):
    chance = random.Random(extension)
    marks = b'0123456789,;"\n\r\t []{}-.eE#/nai\\\x00\xff'
    seeds = [
        saved(),
        saved(a=np.ones(2), b=np.zeros(1)),
        archive(),
        b"a,b\n1,2\n3,4\n",
        b"# c\n1 2\n3 4.5\n",
        DOCUMENT.encode(),
        b"[[1, 2.5], [3, NaN]]",
    ]
    for _ in range(400):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(content))
            content[place : place + chance.choice([0, 1, 9])] = bytes(chance.choices(marks, k=chance.randint(0, 3)))
            content = content or bytearray(b"1")
        part = chance.choice(["", "#a", "#0", "#/a"])
        reference = "-" if extension == "-" else write(f"a{extension}", bytes(content))
        assert outcome(reference + part, bytes(content)) in OUTCOMES


OUTCOMES = {"file", "limit", "float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex128"}


def outcome(reference: str, content: bytes) -> str:
    """The dtype of what is read, or the code of the problem."""
    try:
        return read(reference, stdin=lambda: content, limit=10**4, label="x").dtype.name
    except Problem as problem:
        return problem.code
