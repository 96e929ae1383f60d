"""Terms: formulas in a normal form, each with its shape, in which dimensions may be names; what they become, and their text."""
