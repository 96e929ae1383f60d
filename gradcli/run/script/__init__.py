"""PyTorch-style scripts: syntax trees become closures, which run with the built-ins and with the torch modules."""
