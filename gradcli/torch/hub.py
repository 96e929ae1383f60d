"""`torch.hub`: models by the `hubconf.py` of a folder; nothing is fetched from GitHub."""

from __future__ import annotations

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from urllib.parse import urlparse

from gradcli.errors import Problem
from gradcli.torch._boundary import guarded

_folder: list[str] = []


def get_dir() -> str:
    """The folder where downloads are kept."""
    cache = os.getenv("XDG_CACHE_HOME", "~/.cache")
    return _folder[-1] if _folder else os.path.join(os.path.expanduser(os.getenv("TORCH_HOME", f"{cache}/torch")), "hub")


def set_dir(d: str) -> None:
    """Keep them elsewhere."""
    _folder.append(os.path.expanduser(d))


@guarded
def load(repo_or_dir: str, model: str, *args: Any, source: str = "github", **kwargs: Any) -> Any:
    """What the function `model` of a folder's `hubconf.py` gives.  Raises ValueError, RuntimeError."""
    for each in ("trust_repo", "force_reload", "verbose", "skip_validation"):
        kwargs.pop(each, None)
    return _entry(_configuration(repo_or_dir, source), model)(*args, **kwargs)


@guarded
def list(github: str, *_: Any, source: str = "github", **__: Any) -> Any:
    """The names of the functions of a folder's `hubconf.py`."""
    found = vars(_configuration(github, source))
    return [name for name, value in found.items() if callable(value) and not name.startswith("_")]


@guarded
def help(github: str, model: str, *_: Any, source: str = "github", **__: Any) -> Any:
    """The documentation of one of them."""
    return _entry(_configuration(github, source), model).__doc__


def _configuration(folder: str, source: str) -> Any:
    if source.lower() not in ("github", "local"):
        raise Problem("argument", f'Unknown source: "{source}". Allowed values: "github" | "local".', type="ValueError")
    if source.lower() == "github":
        raise Problem(
            "not-supported",
            f"nothing is fetched from GitHub here, and so {folder} is not",
            hint="clone the repository, and load its folder with source='local'",
        )
    path = os.path.join(os.path.expanduser(folder), "hubconf.py")
    spec = spec_from_file_location("hubconf", path)
    if spec is None or spec.loader is None or not os.path.exists(path):
        raise FileNotFoundError(2, "No such file or directory", path)
    module = module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(path))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


def _entry(module: Any, name: str) -> Any:
    found = getattr(module, name, None)
    if not callable(found):
        raise Problem("argument", f"Cannot find callable {name} in hubconf")
    return found


def download_url_to_file(url: str, dst: str, *_: Any, **__: Any) -> None:
    """Write what an address gives to a file."""
    from urllib.request import urlretrieve

    urlretrieve(url, dst)


def load_state_dict_from_url(
    url: str, model_dir: str | None = None, map_location: Any = None, *_: Any, file_name: str | None = None, **__: Any
) -> Any:
    """A state dict that is fetched once, and then kept in a folder."""
    from gradcli.torch.serialization import load as read

    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, file_name or os.path.basename(urlparse(url).path))
    if not os.path.exists(path):
        download_url_to_file(url, path)
    return read(path, map_location=map_location)
