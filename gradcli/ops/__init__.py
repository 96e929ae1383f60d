"""The operations: rows of one table, a folder a field, a file a family.  `catalogue` finds the rows of a name."""
