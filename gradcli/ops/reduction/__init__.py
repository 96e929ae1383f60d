"""Operations that make few values of many: sums, extremes, orders, statistics; and the running ones."""
