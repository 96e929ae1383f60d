"""Operations whose result at one place depends on the operands at that place alone."""
