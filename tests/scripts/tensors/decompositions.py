"""Results with several parts: by position, by name, and what their graphs are called."""

import torch

torch.manual_seed(0)
x = torch.randn(3, 3, requires_grad=True)

std, mean = torch.std_mean(x)
print(std.grad_fn, mean.grad_fn.name(), std.item() > 0)
print(std.grad_fn is mean.grad_fn, std.grad_fn.next_functions[0][0].variable is x)
(std * mean).backward()
print(x.grad)
x.grad = None

A = x @ x.T + 3 * torch.eye(3)
values, vectors = torch.linalg.eigh(A)
print(values, torch.dist(vectors @ torch.diag(values) @ vectors.T, A).item() < 1e-5)
print(torch.linalg.eigh(A).eigenvalues.grad_fn)
values[-1].backward(retain_graph=True)
print(x.grad)
x.grad = None

Q, R = torch.linalg.qr(x)
print(torch.allclose(Q @ R, x, atol=1e-5), Q.grad_fn, R.output_nr)
L = torch.linalg.cholesky(A)
print(L)
y = torch.cholesky_solve(torch.ones(3, 1), L)
y.sum().backward(retain_graph=True)
print(x.grad)
x.grad = None

U, S, Vh = torch.linalg.svd(x, full_matrices=False)
S.sum().backward()
print(S, x.grad)
sign, logabsdet = torch.linalg.slogdet(x)
print(torch.slogdet(x).logabsdet.grad_fn, torch.logdet(A).grad_fn)

X, target = torch.randn(5, 2), torch.randn(5, 1, requires_grad=True)
solution = torch.linalg.lstsq(X, target).solution
solution.sum().backward()
print(solution, target.grad.T)

v = torch.tensor([0.5, 1.5, 2.5], requires_grad=True)
torch.lgamma(v).sum().backward()
print(v.grad, torch.digamma(v.detach()), torch.polygamma(1, v.detach()))
print(torch.quantile(v, torch.tensor([0.25, 0.5])), torch.cummax(v.detach().flip(0), 0))
print(torch.einsum("i,j->ij", v, v).sum(), torch.einsum("i,i", [v, v]))
print(torch.cdist(x[:2], x), torch.trapezoid(v), torch.copysign(v, torch.tensor(-1.0)))
print(torch.block_diag(v, torch.ones(2, 2)), torch.cartesian_prod(v, torch.tensor([1.0, 2.0])).shape)
a, b = torch.broadcast_tensors(v, torch.zeros(2, 1))
print(a.shape, b.shape, torch.numel(a), torch.is_tensor(a), torch.is_floating_point(a))
print(torch.result_type(v, 1), torch.can_cast(torch.float64, torch.float32), torch.finfo(torch.float32).eps)
print(torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2])), torch.histc(v.detach(), bins=2))
for wrong in (
    lambda: torch.linalg.cholesky(-A),
    lambda: torch.quantile(v, 2.0),
    lambda: torch.einsum("ij,jk->ik", x),
    lambda: torch.linalg.qr(x, mode="r")[1].sum().backward(),
):
    try:
        wrong()
    except RuntimeError as error:
        print(type(error).__name__, str(error).split("(")[0].split(":")[0])
