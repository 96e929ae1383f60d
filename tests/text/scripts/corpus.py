"""Scripts as tutorials have them, each of which Python reads as well."""

from __future__ import annotations

import os
import re

with open(os.path.join(os.path.dirname(__file__), "scripts.txt"), encoding="utf-8") as file:
    _TITLE, *_PARTS = re.split(r"^---- (.+)\n", file.read(), flags=re.MULTILINE)

SCRIPTS = dict(zip(_PARTS[::2], _PARTS[1::2], strict=True))  # title -> text
