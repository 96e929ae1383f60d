"""Formats that gradcli does not read: what they are called, and how to make one that it reads."""

from __future__ import annotations

from typing import Final

from gradcli.errors import Problem
from gradcli.run.files.problems import bad, path_of

_SHEET: Final = ("a spreadsheet", "save the sheet as CSV, or: libreoffice --headless --convert-to csv {path}")
_PANDAS: Final = "with pandas: pandas.read_{reader}({path!r}).to_csv('data.csv', index=False)"
_MAT: Final = (
    "a MATLAB file",
    "with SciPy: numpy.save('x.npy', scipy.io.loadmat({path!r})['x']); in MATLAB: writematrix(x, 'x.csv')",
)
_HDF: Final = ("an HDF5 file", "with h5py: numpy.save('x.npy', h5py.File({path!r})['x'][:])")
_PICKLE: Final = ("a pickle, which is never loaded", "where it was made: numpy.save('x.npy', x)")
_TORCH: Final = ("a PyTorch file, a pickle, which is never loaded", "where it was made: numpy.save('x.npy', x.numpy())")
_ARCHIVE: Final = ("an archive", "unpack it first; gzip, bzip2 and xz of a single file are read")

_BY_EXTENSION: Final = {
    ".xlsx": _SHEET,
    ".xlsm": _SHEET,
    ".xls": _SHEET,
    ".ods": _SHEET,
    ".numbers": ("a spreadsheet", "export it as CSV"),
    ".parquet": ("a Parquet file", _PANDAS.replace("{reader}", "parquet")),
    ".feather": ("a Feather file", _PANDAS.replace("{reader}", "feather")),
    ".arrow": ("an Arrow file", _PANDAS.replace("{reader}", "feather")),
    ".dta": ("a Stata file", _PANDAS.replace("{reader}", "stata")),
    ".sav": ("an SPSS file", _PANDAS.replace("{reader}", "spss")),
    ".mat": _MAT,
    ".h5": _HDF,
    ".hdf5": _HDF,
    ".nc": ("a NetCDF file", "with xarray: numpy.save('x.npy', xarray.open_dataset({path!r})['x'].values)"),
    ".pkl": _PICKLE,
    ".pickle": _PICKLE,
    ".pt": _TORCH,
    ".pth": _TORCH,
    ".rds": ("an R file", "in R: write.csv(readRDS({path!r}), 'data.csv', row.names = FALSE)"),
    ".zip": _ARCHIVE,
    ".tar": _ARCHIVE,
    ".tgz": _ARCHIVE,
    ".7z": _ARCHIVE,
    ".zst": ("packed with Zstandard", "unpack it on the way: zstdcat {path} | gradcli ... NAME=@-"),
    ".jsonl": ("JSON of one document a line", "gradcli batch computes it line by line; jq -s . {path} makes one list of it"),
    ".ndjson": ("JSON of one document a line", "gradcli batch computes it line by line; jq -s . {path} makes one list of it"),
}

_BY_START: Final = {
    b"PAR1": ".parquet",
    b"ARROW1": ".arrow",
    b"MATLAB 5.0": ".mat",
    b"\x89HDF": ".h5",
    b"\xd0\xcf\x11\xe0": ".xls",
    b"\x28\xb5\x2f\xfd": ".zst",
    b"7z\xbc\xaf": ".7z",
}


def by_extension(place: str, extension: str | None) -> Problem | None:
    """The refusal of a file with this extension, where it is one of a format that is known."""
    if extension not in _BY_EXTENSION:
        return None
    what, hint = _BY_EXTENSION[extension]
    message = f"{place} is {what}, and gradcli reads .npy, .npz, .csv, .tsv, .json and .txt"
    return bad(message, hint=hint.format(path=path_of(place)))


def by_content(place: str, start: bytes) -> Problem | None:
    """The refusal of what begins with these bytes, where they tell a format that is known."""
    extension = next((extension for magic, extension in _BY_START.items() if start.startswith(magic)), None)
    return by_extension(place, extension)
