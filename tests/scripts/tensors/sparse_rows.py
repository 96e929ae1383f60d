"""Sparse matrices by rows (CSR)."""

import io
import warnings

import torch

warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
torch.sparse.check_sparse_tensor_invariants.enable()


def t(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__name__, str(e).split("\n")[0])


x = torch.tensor([[0.0, 1, 2], [0, 0, 0], [3, 0, 4]])
c = x.to_sparse_csr()
t(lambda: c)
t(lambda: torch.sparse_csr_tensor([0, 2, 2, 4], [1, 2, 0, 2], [1.0, 2, 3, 4], (3, 3)))
t(lambda: torch.sparse_csr_tensor(torch.tensor([0, 2, 2, 4]), torch.tensor([1, 2, 0, 2]), torch.tensor([1.0, 2, 3, 4])))
t(
    lambda: torch.sparse_csr_tensor(
        [0, 2, 4], [1, 2, 0, 2], [1.0, 2, 3, 4], (2, 3), dtype=torch.float64, requires_grad=True
    )
)
v = torch.tensor([1.0, 2, 3, 4], requires_grad=True)
t(lambda: torch.sparse_csr_tensor([0, 2, 2, 4], [1, 2, 0, 2], v, (3, 3)))
print(
    c.layout,
    c.is_sparse,
    c.is_sparse_csr,
    c.crow_indices(),
    c.col_indices(),
    c.values(),
    c._nnz(),
    c.dtype,
    c.shape,
    torch.sparse_csr,
    type(c),
    c.dim(),
    c.sparse_dim(),
    c.dense_dim(),
)
t(lambda: c.to_dense())
t(lambda: c.to_sparse())
t(lambda: c.to_sparse_coo())
t(lambda: c.to_sparse_csr() is c)
t(lambda: x.to_sparse().to_sparse_csr())
t(lambda: x.to_sparse(layout=torch.sparse_csr))
t(lambda: c.indices())
t(lambda: c.coalesce())
t(lambda: c.is_coalesced())
t(lambda: x.crow_indices())
t(lambda: x.to_sparse().crow_indices())
t(lambda: x.to_sparse().col_indices())
w = torch.arange(6.0).reshape(3, 2)
t(lambda: c @ w)
t(lambda: c.matmul(w[:, 0]))
t(lambda: torch.mv(c, w[:, 0]))
t(lambda: torch.sparse.mm(c, w))
t(lambda: c.mm(w))
t(lambda: torch.addmm(torch.ones(3, 2), c, w))
t(lambda: w.t() @ c)
t(lambda: c * 2)
t(lambda: -c)
t(lambda: c + c)
t(lambda: c * c)
t(lambda: c * x)
t(lambda: x + c)
t(lambda: c + x)
t(lambda: c.sin())
t(lambda: c.sum())
t(lambda: c.clone())
t(lambda: c.detach())
t(lambda: c.double())
t(lambda: c[0])
t(lambda: c[0, 1])
t(lambda: c.abs())
t(lambda: c.t().to_dense())
t(lambda: c.relu())
t(lambda: c.numpy())
t(lambda: torch.sparse_csr_tensor([0, 2, 1], [1, 2], [1.0, 2], (2, 3)))
t(lambda: torch.sparse_csr_tensor([0, 1, 2], [1, 5], [1.0, 2], (2, 3)))
t(lambda: torch.sparse_csr_tensor([0, 1, 3], [1, 2], [1.0, 2], (2, 3)))
t(lambda: torch.sparse_csr_tensor([0, 1, 2], [1, 2, 2], [1.0, 2], (2, 3)))
t(lambda: torch.sparse_csr_tensor([1, 1, 2], [1, 2], [1.0, 2], (2, 3)))
t(lambda: torch.zeros(2, 3).to_sparse_csr())
t(lambda: torch.sparse_csr_tensor([0, 2], [2, 1], [1.0, 2], (1, 3)))
print("grads")


def g(f, leaf):
    leaf.grad = None
    out = f(leaf)
    out.sum().backward()
    print(out.grad_fn.name(), leaf.grad)


xr = x.clone().requires_grad_()
cr = c.detach().requires_grad_()
wr = w.clone().requires_grad_()
g(lambda x: x.to_sparse_csr().to_dense() * 2, xr)
g(lambda x: x.to_sparse_csr() @ w, xr)
g(lambda x: x.to_sparse_csr().values() ** 2, xr)
g(lambda v: torch.sparse_csr_tensor([0, 2, 2, 4], [1, 2, 0, 2], v, (3, 3)).to_dense() * x, v)
g(lambda v: torch.sparse_csr_tensor([0, 2, 2, 4], [1, 2, 0, 2], v, (3, 3)) @ w, v)
g(lambda c: c.to_dense() * x, cr)
g(lambda c: c @ w, cr)
g(lambda c: torch.sparse.mm(c, w), cr)
g(lambda c: c * 2, cr)
g(lambda w: c @ w, wr)
g(lambda w: torch.sparse.mm(c, w), wr)
g(lambda w: c @ w[:, 0], wr)
g(lambda c: c @ w[:, 0], cr)
g(lambda c: c.sum(), cr)
g(lambda c: (c * 2).to_dense(), cr)
g(lambda c: c.values(), cr)
g(lambda c: (c + c).to_dense(), cr)
print(xr.to_sparse_csr())

file = io.BytesIO()
torch.save(c, file)
file.seek(0)
print(torch.load(file))
