"""Makes the saved artefacts of a release while hatchling builds it: parse tables, pages, the index of operations.

Runs only at build time, and is not part of the wheel.  It stands in `cli` since the help pages are made here, and all
else that it needs stands below.  An editable install gets nothing: a checkout makes its own artefacts when asked.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ArtefactHook(BuildHookInterface[Any]):
    """Adds `gradcli/_saved/` to wheels and sdists, and the manual page to wheels."""

    PLUGIN_NAME = "artefacts"
    _folder: str | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the artefacts beside the build, so that the source tree stays as it was."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from gradcli import __version__, artefact_cache
        from gradcli.cli import manual

        self._folder = tempfile.mkdtemp()
        for name, content in _artefacts().items():
            artefact_cache.save(self._folder, name, content)
            build_data["force_include"][os.path.join(self._folder, name)] = f"gradcli/_saved/{name}"
        if self.target_name == "wheel":
            path = os.path.join(self._folder, os.path.basename(manual.INSTALLED))
            with open(path, "w", encoding="utf-8") as file:
                file.write(manual.page(__version__))
            build_data["shared_data"][path] = manual.INSTALLED

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Throw the folder away once the archive is written."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _artefacts() -> dict[str, bytes]:
    """Every artefact, made now, by the name that it is saved under."""
    from gradcli.cli import help
    from gradcli.ops import catalogue, index
    from gradcli.run import examples
    from gradcli.text import tables

    operations = {each.ARTEFACT: each.build() for each in (index, catalogue, examples)}
    return {**tables.artefacts(), **operations, **help.artefacts()}
