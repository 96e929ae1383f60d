"""Arithmetic on bare arrays that NumPy lacks, or rounds in another way than PyTorch."""
