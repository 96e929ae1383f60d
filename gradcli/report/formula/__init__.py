"""Formulas of derivatives as text, LaTeX, JSON, and as functions for NumPy, PyTorch and JAX."""
