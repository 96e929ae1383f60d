"""Running a file with Python itself, where `import torch` gives `gradcli.torch`."""
