"""The table of operations: rows only, one file a family.  `families` imports them all; `index` knows them without numpy."""
