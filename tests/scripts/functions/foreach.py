"""One function for each tensor of a list, as optimizers call it."""

import torch
x = [torch.ones(2), torch.full((3,), 4.)]
print(torch._foreach_add(x, 1), torch._foreach_add(x, x, alpha=2), torch._foreach_add(x, [1, 2]), torch._foreach_mul(x, torch.tensor(2.)))
print(torch._foreach_sqrt(x), torch._foreach_norm(x), torch._foreach_lerp(x, x, 0.5), torch._foreach_addcmul(x, x, x, value=2), torch._foreach_addcdiv(x, x, x, [1., 2.]))
print(torch._foreach_add_(x, 1), x, torch._foreach_zero_(x), x, torch._foreach_maximum(x, 2.0), torch._foreach_pow(2.0, x), torch._foreach_max(x))
for f in (lambda: torch._foreach_add(x, [1]), lambda: torch._foreach_add([], 1)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
y = [torch.ones(2, requires_grad=True)]
print(torch._foreach_exp(y), torch._foreach_copy_([torch.zeros(2)], [torch.ones(2)]), torch._foreach_log10(y))
torch._foreach_mul(y, 3)[0].sum().backward(); print(y[0].grad)
params = [torch.ones(2), torch.ones(3)]; grads = [torch.full((2,), .5), torch.full((3,), 2.)]
torch._foreach_add_(params, grads, alpha=-0.1); print(params)
torch._foreach_mul_(params, 0.9); torch._foreach_addcdiv_(params, grads, torch._foreach_add(torch._foreach_sqrt(grads), 1e-8), -0.1); print(params)
