"""The memory of tensors read as numbers of another kind."""

import torch
x = torch.tensor([1.0, -2.0, 3.0, 4.0])
print(x.view(torch.int32), x.view(dtype=torch.int32)); y = x.view(torch.int32); y[0] = 0; print(x, y._is_view(), y._base is x, x._version)
print(x.view(torch.float64).shape, x.view(torch.uint8).shape, x.view(torch.int16).shape, x.view(torch.complex64))
m = torch.arange(6.).reshape(2,3)
def t(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
t(lambda: m.view(torch.float64)); t(lambda: m.T.view(torch.float64)); t(lambda: m.T.view(torch.int32)); t(lambda: m.T.view(torch.int16)); t(lambda: torch.tensor(1.).view(torch.int32)); t(lambda: torch.tensor(1.).view(torch.int16))
z = torch.tensor([1.,2.], requires_grad=True)
t(lambda: z.view(torch.int32)); t(lambda: z.view(torch.float32)); t(lambda: z.view(torch.complex64))
c = torch.tensor([1+2j], requires_grad=True)
t(lambda: c.view(torch.float32)); t(lambda: c.view(torch.float32).sum().backward()); print(c.grad)
t(lambda: torch.tensor([1,2], dtype=torch.int16).view(torch.bfloat16)); t(lambda: torch.ones(2, dtype=torch.bfloat16).view(torch.int16))
t(lambda: z.view(torch.float64).grad_fn); t(lambda: torch.zeros(0).view(torch.float64).shape); t(lambda: torch.zeros(2,4).view(torch.float64).stride())
