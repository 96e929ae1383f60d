"""Ways to compute a graph.  `plain` computes each operation as it is called and each node of a backward pass by itself."""
