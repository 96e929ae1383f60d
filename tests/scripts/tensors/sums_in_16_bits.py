# Sums and means that are asked for in 16 bits are of what has been rounded to them.
import torch

x = torch.tensor([[1.001, 2.0], [3.0, 4.0]], requires_grad=True)
for dtype in (torch.bfloat16, torch.float16):
    for name in ("sum", "mean", "nansum", "nanmean", "cumsum"):
        for given in ({}, {"dim": 0}):
            if given or not name.startswith("cum"):
                out = getattr(x, name)(**given, dtype=dtype)
                (grad,) = torch.autograd.grad(out.float().sum(), x)
                print(name, given, out, grad)
ones = torch.ones(2, dtype=torch.bfloat16)
print(ones.sum(dtype=torch.bfloat16), ones.nansum(dtype=torch.float32), ones.mean(dtype=torch.float64))
