"""Linear algebra: products, norms, inverses, decompositions."""
