"""Mixed precision by its older names, which programs for a GPU use and which do nothing where there is none."""

import warnings

import torch
from torch.cuda.amp import GradScaler, autocast, custom_bwd, custom_fwd

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scaler = GradScaler()
    weight = torch.ones(2, requires_grad=True)
    with autocast(enabled=False):
        loss = (weight * 2).sum()
    scaler.scale(loss).backward()
    print(weight.grad)

    @autocast()
    def product(x):
        return x @ x

    print(product(torch.ones(2, 2)).dtype)
    with torch.cpu.amp.autocast():
        print((torch.ones(2, 2) @ torch.ones(2, 2)).dtype)

    class Double(torch.autograd.Function):
        @staticmethod
        @custom_fwd
        def forward(ctx, x):
            return x * 2

        @staticmethod
        @custom_bwd
        def backward(ctx, g):
            return g * 2

    Double.apply(weight).sum().backward()
    print(weight.grad)

for each in caught:
    print(each.category.__name__, each.message)
print(autocast, GradScaler, isinstance(scaler, torch.amp.GradScaler), scaler.get_scale(), scaler.state_dict())
print(torch.cuda.device_count(), torch.cuda.max_memory_allocated(), torch.cpu.is_available())
try:
    torch.cuda.get_device_name(0)
except AssertionError as error:
    print(error)
