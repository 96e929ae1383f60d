"""Arrays from files and standard input, and gradients into files.

In:  a reference (`data.npz#a`) -> `source`, an open and measured file -> `npy`, `table` or `document` -> an array.
Out: gradients by name, or a text -> `writing` -> a file that is there whole or not at all.
"""

from __future__ import annotations

from gradcli.run.files.reading import read
from gradcli.run.files.writing import check_target, check_text_target, save_bytes, save_gradients, save_text

__all__ = ["check_target", "check_text_target", "read", "save_bytes", "save_gradients", "save_text"]
