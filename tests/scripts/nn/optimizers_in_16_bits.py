"""Parameters of 16 bits: each operation of a step rounds, in blocks of 32 numbers once less often than in what is left over."""

import torch

SETTINGS = [
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("RAdam", {}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("RMSprop", {"momentum": 0.9}),
    ("Rprop", {}),
    ("ASGD", {}),
]

for dtype in (torch.bfloat16, torch.float16):
    for name, options in SETTINGS:
        param = torch.nn.Parameter(torch.linspace(-1, 1, 37, dtype=torch.float64).to(dtype).reshape(1, 37))
        optimizer = getattr(torch.optim, name)([param], lr=0.03, **options)
        for step in range(4):
            param.grad = torch.linspace(0.1 + step, 2 - step, 37, dtype=torch.float64).to(dtype).reshape(1, 37)
            optimizer.step()
        print(name, dtype)
        print(param.detach().double()[0, ::9].tolist(), param[0, 32:])
        for key, value in optimizer.state[param].items():
            if value.dtype == dtype:
                print(key, value[0, ::12].double().tolist())

for alpha in (-0.1, 0.9):
    x, y = (torch.linspace(start, 2.7, 37, dtype=torch.float64).bfloat16() for start in (-1.3, 0.4))
    print(x.add(y, alpha=alpha)[28:], x.sub(y[:5].mean(), alpha=alpha)[:3])
