"""Sums of an expression, and of its gradient, over the rows of data of any size.

    chunks     files -> pieces of a fixed number of rows, each described by a few words that travel to a worker
    columns    a piece -> the columns that the expression reads, as arrays
    rows       columns -> the value and the derivatives of every row, by one stacked plan
    sums       rows -> compensated sums, which are merged in a fixed tree
    (run.workers)  pieces -> results in order: here, in processes, on Dask
    total      all of it

Memory holds a few pieces at a time.  Pieces and the tree depend on the data alone, so the sums are the same to the last digit
however many workers there are.
"""
