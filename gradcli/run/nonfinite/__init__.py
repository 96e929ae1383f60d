"""Where NaN and infinities are born: the search for the first such number, forward and backward, and what to say of it."""
