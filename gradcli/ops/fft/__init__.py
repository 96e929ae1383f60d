"""Fourier transforms: of signals, and of their windows."""
