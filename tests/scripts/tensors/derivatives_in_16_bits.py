"""Where derivatives of 16 bits round: once in a kernel of their own, after each operation where they are made of several."""

import torch
import torch.nn.functional as F

STEP_BY_STEP = {
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "exp": torch.exp,
    "rsqrt": lambda x: (x * x + 1).rsqrt(),
    "reciprocal": lambda x: (x + 4).reciprocal(),
    "addcmul": lambda x: x.addcmul(x, x, value=0.1),
    "log1p": lambda x: (x * x).log1p(),
}
IN_ONE_KERNEL = {"tanh": torch.tanh, "elu": F.elu, "softplus": F.softplus, "hardswish": F.hardswish}

for dtype in (torch.bfloat16, torch.float16):
    for name, function in {**STEP_BY_STEP, **IN_ONE_KERNEL}.items():
        x = torch.linspace(-3, 3, 7, dtype=torch.float64).to(dtype).requires_grad_()
        (g,) = torch.autograd.grad(function(x), x, torch.linspace(0.3, 2, 7, dtype=torch.float64).to(dtype))
        print(name, g.double().tolist())
    x = torch.linspace(-3, 3, 7, dtype=torch.float64).to(dtype)
    print(torch.linspace(-1.3, 1.7, 13, dtype=dtype).double().tolist(), torch.linspace(3, 3, 1, dtype=dtype))
    print(x.fmod(0.7).double().tolist(), x.remainder(0.7).double().tolist())
