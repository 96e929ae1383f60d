"""Scripts: characters -> tokens, with blocks (`layout`) -> tree (`building`) -> tree with a meaning (`validation`)."""
