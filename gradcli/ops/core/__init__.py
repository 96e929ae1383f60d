"""What every row is made with: the table, builders of rows, dtypes, domains, and the binding of calls to rows."""
