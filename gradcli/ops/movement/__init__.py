"""Operations that put values into other places: shapes, views, indexing, joining."""
