"""Functions that yield: a second family of closures, which only these functions pay for."""
