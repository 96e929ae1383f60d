"""Sparse tensors: how they are made, printed, taken apart, and computed with."""

import copy
import io
import pickle
import warnings

import torch

torch.sparse.check_sparse_tensor_invariants.enable()
warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")

i = torch.tensor([[0, 1, 1, 0], [2, 0, 2, 2]])
v = torch.tensor([3.0, 4.0, 5.0, 6.0])


def show(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error).split("\n")[0].split(" This could be")[0])


print("made")
s = torch.sparse_coo_tensor(i, v, (2, 3))
c = s.coalesce()
show(lambda: s)
show(lambda: c)
show(lambda: torch.sparse_coo_tensor(i, v))
show(lambda: torch.sparse_coo_tensor([[0, 1]], [1, 2]))
show(lambda: torch.sparse_coo_tensor([[0, 1]], [1.0, 2], (3,), dtype=torch.float64))
show(lambda: torch.sparse_coo_tensor((2, 3)))
show(lambda: torch.sparse_coo_tensor(size=(2, 3)))
show(lambda: torch.sparse_coo_tensor(i, v, (2, 3), requires_grad=True))
show(lambda: torch.sparse_coo_tensor(torch.empty(1, 0, dtype=torch.long), torch.empty(0)))
show(lambda: torch.sparse_coo_tensor(i, v, (2, 3), is_coalesced=True))
show(lambda: torch.sparse_coo_tensor(i, v, (2, 2)))
show(lambda: torch.sparse_coo_tensor(i, v[:3], (2, 3)))
show(lambda: torch.sparse_coo_tensor(i, v, (2,)))
show(lambda: torch.sparse_coo_tensor(-i, v, (2, 3)))
show(lambda: torch.sparse_coo_tensor([[0], [1]], [[1.0, 2]], (2, 2, 3)))
show(lambda: torch.sparse_coo_tensor(i))
show(lambda: torch.sparse.spdiags(torch.arange(9.0).reshape(3, 3), torch.tensor([0, -1, 2]), (3, 3)))

print("attributes")
print(s.is_sparse, s.layout, torch.ones(2).layout, s.layout is torch.sparse_coo, type(s), s.type(), s.dtype, s.device)
print(s.shape, s.dim(), s.numel(), len(s), s._nnz(), s.sparse_dim(), s.dense_dim(), s.is_coalesced(), c.is_coalesced())
print(c.indices(), c.values(), s._indices(), s._values(), c.coalesce() is c, s.coalesce() is s)
show(lambda: s.indices())
show(lambda: s.values())
show(lambda: torch.ones(2).values())
show(lambda: torch.ones(2).coalesce())
show(lambda: s.numpy())
print(torch.ones(2, 3).sparse_dim(), torch.ones(2, 3).dense_dim(), torch.ones(2).to_dense())
print(copy.deepcopy(s), pickle.loads(pickle.dumps(c)), c.clone(), c.detach(), c.data)
v.mul_(2)
print(s)

print("from dense tensors")
x = torch.tensor([[0.0, 1, 2], [0, 0, 0], [3, 0, 4]])
for each in (x, x > 1, x.long(), x.double(), x * 1j, torch.tensor(3.0), torch.tensor(0.0), torch.zeros(2, 0)):
    print(each.to_sparse())
print(x.to_sparse(1), x.to_sparse().to_dense(), x.to_sparse(1).to_dense())
show(lambda: x.to_sparse(3))
show(lambda: x.to_sparse(0))
show(lambda: x.to_sparse().to_sparse(1))
print(x.sparse_mask(torch.eye(3).to_sparse()), torch.arange(2000.0).reshape(40, 50).to_sparse())
show(lambda: x.sparse_mask(c))

print("hybrid")
h = torch.sparse_coo_tensor([[1, 0, 1]], torch.arange(6.0).reshape(3, 2), (3, 2))
print(h, h.coalesce(), h.to_dense(), h.sparse_dim(), h.dense_dim(), h[1], h[0], h * 2)
print(torch.sparse.sum(h, 1), torch.sparse.sum(h, 0), torch.sparse.softmax(h, 0), torch.sparse.softmax(h, 1))
show(lambda: h + x[:, :2].to_sparse())

print("arithmetic")
d = torch.tensor([[1.0, 2, 3], [4, 5, 6]])
other = torch.sparse_coo_tensor([[0], [1]], [9.0], (2, 3))
for each in (
    s + s,
    s + c,
    c + other,
    c + c,
    s - c,
    s * s,
    s * c,
    c * c,
    s * d,
    d * s,
    s * 3,
    s / 2,
    -s,
    c**2,
    d + s,
    d - s,
):
    print(each)
print(
    c + c.double(), s.double(), s.int(), c.half() * 2, s.sin(), c.sqrt(), c.relu(), c.abs().neg(), c.log1p(), c.isnan()
)
for call in (lambda: s + d, lambda: s + 1, lambda: s / s, lambda: 1 / s, lambda: c**0, lambda: c.exp()):
    show(call)
show(lambda: s + torch.ones(2, 4).to_sparse())
show(lambda: s * torch.ones(2, 4).to_sparse())
m = c.clone()
m.mul_(2).add_(other)
m += c
print(m, m.zero_(), torch.ones(2, 3).add_(c))
show(lambda: torch.ones(2, 3).copy_(c))

print("shapes")
print(s.t(), s.T, s.transpose(0, 1), c.permute(1, 0).coalesce(), c.unsqueeze(0), c[0], c[1, 2], c.select(1, 2))
print(
    torch.cat([c, other]), torch.cat([c, other], 1), torch.stack([c, other]), c.index_select(1, torch.tensor([2, 0, 2]))
)
print(list(c))

print("products")
w = torch.tensor([[1.0, 2], [3, 4], [5, 6]])
print(s @ w, s.mm(w), torch.mm(s, w), torch.sparse.mm(s, w), s @ w[:, 0], torch.mv(c, w[:, 1]), w @ s, c @ c.t())
print(torch.sparse.mm(c, w.to_sparse()), torch.sparse.addmm(torch.ones(2, 2), c, w, beta=2, alpha=3))
print(torch.addmm(torch.ones(2, 2), c, w), torch.bmm(torch.stack([c, c]), torch.stack([w, w])))
show(lambda: torch.sparse.mm(c, w[:2]))

print("reductions")
print(c.sum(), torch.sum(s), s.sum(0), s.sum(1, keepdim=True), c.any())
print(
    torch.sparse.sum(s),
    torch.sparse.sum(s, 0),
    torch.sparse.sum(s, dim=(0, 1)),
    torch.sparse.sum(s, 0, dtype=torch.float64),
)
print(torch.sparse.softmax(s, 1), torch.sparse.log_softmax(s, 1), torch.sparse.softmax(s, 0, dtype=torch.float64))
show(lambda: torch.sparse.sum(s, 5))
print(c.norm(), torch.norm(s, 1))

print("as older programs have it")
places = torch.tensor([[0, 1], [1, 0]])
print(torch.sparse.FloatTensor(places, torch.ones(2), torch.Size([2, 2])), torch.sparse.DoubleTensor(2, 3), torch.spmm(c, w))
print(isinstance(c, torch.sparse.FloatTensor), isinstance(c, torch.FloatTensor), c.type(torch.sparse.DoubleTensor).type())

print("kept")
print(torch.zeros_like(c), torch.empty_like(c, dtype=torch.float64), torch.zeros(2, 3, layout=torch.sparse_coo))
show(lambda: torch.ones_like(c))


class Graph(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("adjacency", c)
        self.weight = torch.nn.Parameter(other)

    def forward(self, x):
        return torch.sparse.mm(self.adjacency, x) + self.weight @ x


model, file = Graph(), io.BytesIO()
print(model(w), model.state_dict(), model.double().adjacency)
torch.save(model.state_dict(), file)
file.seek(0)
print(torch.load(file), model.load_state_dict(model.state_dict()))
