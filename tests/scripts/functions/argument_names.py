"""Arguments by their names and by their places, as PyTorch documents them."""

import inspect

import torch
import torch.nn.functional as F

x, m = torch.tensor([1.0, 2.0, 3.0]), 2 * torch.eye(3)
i = torch.tensor([0, 1])
print(torch.addcdiv(x, tensor1=x, tensor2=x, value=2), x.clone().addcmul_(tensor1=x, tensor2=x))
print(torch.complex(real=x, imag=x), torch.polar(abs=x, angle=x))
print(torch.heaviside(x, values=x), torch.isin(elements=x, test_elements=x), torch.lerp(x, end=2 * x, weight=0.3))
print(torch.subtract(x, x, alpha=2), x.subtract(x, alpha=3), torch.vdot(x, other=x), torch.tensordot(a=m, b=m, dims=2))
print(torch.linalg.svd(A=m, full_matrices=False, driver=None).S, torch.linalg.svdvals(A=m))
print(torch.svd(m, compute_uv=False).U, torch.split(tensor=x, split_size_or_sections=[1, 2]))
print(torch.searchsorted(sorted_sequence=x, input=x), torch.segment_reduce(data=x, reduce="sum", lengths=torch.tensor([1, 2])))
print(torch.zeros(3).scatter_(0, i, 3.0, reduce="add"), torch.ones(3).scatter(0, i, 2.0, reduce="multiply"))
print(torch.bincount(i, weights=x[:2]).dtype, x.clone().resize_(size=(3,)), torch.zeros(3).uniform_(**{"from": 0, "to": 0}))

a, b = torch.arange(12.0).reshape(3, 4).cos(), torch.arange(12.0).reshape(3, 4).sin()
y, t, w = torch.tensor([1.0, -1, 1]), torch.tensor([0, 3, 1]), torch.tensor([1.0, 2, 3, 4])
print(F.cosine_embedding_loss(a, b, y, 0.5), F.triplet_margin_loss(a, b, a + 1, 1.0, 1, 1e-6, True, None, None, "sum"))
print(F.margin_ranking_loss(a[:, 0], b[:, 0], y, 0.5, None, None, "none"), F.huber_loss(a, b, "sum", 0.3))
print(F.cross_entropy(a, t, w, None, 1), F.cross_entropy(a, t, w, None, 1, None, "sum", 0.1), F.nll_loss(a, t, None, None, 0))
print(F.mse_loss(a, b, None, None, "sum"), F.l1_loss(a, b, weight=a * a), F.hinge_embedding_loss(a[:, 0], y, 0.3))
print(F.softmax(a, 1, 3, torch.float64).dtype, F.softmax(a, dim=0, _stacklevel=5).sum(), F.log_softmax(a, -1, 3).sum())
print(F.multi_margin_loss(a, t, 2, 0.5, w, None, None, "sum"), F.upsample(x[None, None], scale_factor=2).shape)
for call in (
    lambda: F.mse_loss(a, b, None, None, "sum", reduction="mean"),
    lambda: F.mse_loss(a, b, 1, 1, "sum", 1, 1, 1),
    lambda: torch.linalg.svdvals(m, driver="gesvd"),
    lambda: x.scatter(0, i, 2.0, reduce="mean"),
):
    try:
        call()
    except (TypeError, RuntimeError) as error:
        print(str(error).splitlines()[0])
for function in (F.cross_entropy, F.elu, F.layer_norm, F.softmax, F.interpolate, F.mse_loss):
    print(function.__name__, list(inspect.signature(function).parameters))
