"""Where layers, losses and derivatives round with numbers of 16 bits: after each step, or once."""

import torch
import torch.nn.functional as F

for dtype in (torch.bfloat16, torch.float16):
    torch.manual_seed(0)
    n = 37
    x, y = (torch.rand(n) * 6 - 3).to(dtype).requires_grad_(), (torch.rand(n) * 6 - 3).to(dtype).requires_grad_()
    z = (torch.rand(n) * 2.8 + 0.2).to(dtype).requires_grad_()
    for name, call in {
        "log_softmax": lambda: x.log_softmax(0),
        "log_softmax over rows": lambda: torch.stack([x, y]).log_softmax(0),
        "cross_entropy": lambda: F.cross_entropy(torch.stack([x, y]), torch.tensor([3, 30])),
        "mse_loss": lambda: F.mse_loss(x, y),
        "huber_loss": lambda: F.huber_loss(x, y),
        "smooth_l1_loss": lambda: F.smooth_l1_loss(x, y),
        "with_logits": lambda: F.binary_cross_entropy_with_logits(x, z / 3),
        "rms_norm": lambda: F.rms_norm(x, (n,), z.detach()),
        "layer_norm": lambda: F.layer_norm(x, (n,)),
        "sigmoid": lambda: x.sigmoid(),
        "glu": lambda: F.glu(torch.cat([x, y])),
        "cube": lambda: x**3,
        "powers": lambda: z**1.5 + z**y,
        "quotient": lambda: x / z,
        "hypot": lambda: torch.hypot(x, y),
        "atan2": lambda: torch.atan2(x, y),
        "logaddexp": lambda: torch.logaddexp(x, y),
        "norm": lambda: (x[:16] / 4).norm(),
        "addcdiv": lambda: x.addcdiv(y, z, value=-0.1),
    }.items():
        out = call()
        slopes = torch.autograd.grad(out, [x, y, z], torch.ones_like(out) * 0.3 + out.detach() * 0.01, allow_unused=True)
        print(dtype, name, out.dtype, out.double().flatten()[:3].tolist(), out.double().sum().item())
        print("  ", [None if slope is None else [*slope.double()[:2].tolist(), slope.double().sum().item()] for slope in slopes])
