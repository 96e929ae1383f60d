"""The table of operations: rows, one file a family.  `families` imports them all; `index` knows them without numpy."""
