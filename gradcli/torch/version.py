"""The version of PyTorch that this package follows."""

__version__ = "2.13.0"
cuda = None
hip = None
xpu = None
debug = False
git_version = "unknown"
