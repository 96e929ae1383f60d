import torch

A = torch.tensor([[4., 1.], [2., 3.]], dtype=torch.float64, requires_grad=True)
b = torch.tensor([1., 2.], dtype=torch.float64)
v = torch.tensor([1., -1.], dtype=torch.float64, requires_grad=True)


def show(name, value):
    grads = torch.autograd.grad(value, (A, v), allow_unused=True)
    print(f"{name}: {value.item():.6f} {value.grad_fn.name()}")
    for g in grads:
        print("   ", g if g is None else [[round(e, 6) for e in row] if isinstance(row, list) else round(row, 6) for row in g.tolist()])


show("trace", torch.trace(A))
show("det", torch.det(A))
show("linalg.det", torch.linalg.det(A))
show("inv sum", torch.linalg.inv(A).sum())
show("inverse", A.inverse().sum())
show("quadratic form", v @ A @ v)
show("mv", A.mv(v).sum())
show("matmul", torch.matmul(A, A).sum())
show("outer", torch.outer(v, v).mul(A).sum())
show("norm", torch.linalg.norm(A))
show("norm of v", v.norm())
show("one norm", v.norm(p=1) * A.norm(p=2))
show("dot", torch.dot(A[0], v))
show("einsum", torch.einsum("i,ij,j->", v, A, v))
print(A.T, A.t() @ A, A @ b)
print(torch.mm(A, A.t()).diagonal(), torch.eye(2, dtype=A.dtype) @ A - A)
print(torch.allclose(torch.linalg.inv(A) @ A, torch.eye(2, dtype=torch.float64)))
C = torch.arange(8.).view(2, 2, 2)
print(torch.bmm(C, C), C @ torch.ones(2), torch.tensor([1., 2.]) @ C)
B = torch.addmm(torch.ones(2, 2), torch.eye(2), torch.full((2, 2), 2.0))
print(B, torch.kron(torch.eye(2), torch.ones(1, 2)))
