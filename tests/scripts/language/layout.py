# -*- coding: utf-8 -*-
"""
A module docstring.

    indented   text
"""
from __future__ import division, print_function
import torch  # trailing comment
import torch as T, math
import torch.nn.functional as F
import torch.autograd as autograd
from torch import tensor, float32 as f32, no_grad
from torch.autograd import Variable, grad
from torch.autograd.functional import (
    jacobian,
    hessian,
)
from math import sqrt, pi as PI

total = 1 + \
    2 + \
    3
print(total,
      [1,
       2,   # inside brackets
       3],
      {"a": 1,
       # a comment line
       "b": 2})
if total > 5: print("one line")
for i in range(2): print(i); print(-i)

def f(x): return x ** 2

	
class Empty: pass
class AlsoEmpty:
    """Only a docstring."""


if True:
    # comment only, then code

    x = 1

    if x:
      print("two spaces")
      if x == 1:
            print("more spaces")
    else:
        ...
print(T.tensor(1.) is not None, tensor([1.5]).dtype == f32, F.relu(torch.tensor(-1.0)), sqrt(16), round(PI, 3))
with no_grad(): print((Variable(torch.ones(1), requires_grad=True) * 2).requires_grad)
print(autograd.grad is grad, jacobian is torch.autograd.functional.jacobian, hessian is not None)
x: int = 5
y: float
values: list[int] = [1, 2]
def typed(a: torch.Tensor, b: float = 1.0, *rest: int, **more: str) -> torch.Tensor:
    """Doc."""
    result: torch.Tensor = a * b
    return result
print(x, values, typed(torch.ones(2), 3.0))
_private, __dunder, Ünïcode, 变量 = 1, 2, 3, 4
print(_private + __dunder + Ünïcode + 变量)
assert x == 5; assert (x +
                       (y := 3)), "message"
print(y, f(3)); pass
if __name__ == "__main__":
    print("main", __name__)
