"""A few eigenvalues of symmetric matrices, and their vectors up to sign, with gradients."""

import torch

torch.manual_seed(0)
A = torch.rand(2, 9, 9, dtype=torch.double)
A = A @ A.mT / 10
B = torch.rand(9, 9, dtype=torch.double)
B = B @ B.T + torch.eye(9, dtype=torch.double)
for options in (
    dict(k=2),
    dict(k=2, largest=False),
    dict(k=1, B=B),
    dict(X=torch.eye(9, 2, dtype=torch.double).expand(2, 9, 2)),
    dict(k=4),
    dict(k=3, largest=False, B=B),
):
    try:
        values, vectors = torch.lobpcg(A[0] if "B" in options else A, **options)
        metric = options.get("B", torch.eye(9, dtype=torch.double))
        print(values, vectors.shape, (vectors.mT @ metric @ vectors).diagonal(dim1=-2, dim2=-1).round(decimals=6))
    except ValueError as error:
        print(error)
x = A.clone().requires_grad_()
values, vectors = torch.lobpcg(x, k=2)
(values.sum() + (vectors**4).sum()).backward()
print(x.grad[0, 0], (x.grad - x.grad.mT).abs().max() < 1e-6)
print(torch.autograd.gradcheck(lambda x: torch.lobpcg(x, k=1)[0], A[0].clone().requires_grad_()))
