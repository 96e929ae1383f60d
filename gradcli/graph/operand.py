"""What rules take: operand.pyi says what that can do, to those who check types; when programs run it is nothing of its own.

A forward function takes bare arrays.  A rule is written once for all: in a pass that is itself recorded it takes tensors, else
bare arrays, which do the same in a tenth of the time, or what stands for many of them (engine.batch), or for those that a plan
will be given (engine.plan).  An Operand is what these share, and no more.
"""

from __future__ import annotations

Operand = object  # the base of Tensor
OperandMeta = type
