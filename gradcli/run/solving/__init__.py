"""Answers that derivatives lead to: least-squares fits, minima, roots, and how they depend on what was given."""
