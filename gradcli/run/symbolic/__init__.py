"""Formulas as syntax trees: read from rows, put together, simplified, and named as the user names things."""
