# In-place changes at the places that indices name.
import torch
x=torch.zeros(2,3)
print(x.scatter_(1, torch.tensor([[0],[1]]), 9.) is x, x, x._version)
x.scatter_(1, torch.tensor([[0,1],[1,2]]), torch.ones(2,2)); x.scatter_add_(1, torch.tensor([[0,0],[1,2]]), torch.ones(2,2)); print(x, x._version)
x.index_add_(0, torch.tensor([0,0]), torch.ones(2,3)); x.index_fill_(1, torch.tensor([2]), 5.); print(x); x.index_add_(0, torch.tensor([1]), torch.ones(1,3), alpha=2); print(x, x._version)
w=torch.ones(2,3,requires_grad=True)
y=w*2
y.scatter_(1, torch.tensor([[0],[1]]), 9.)
print(y.grad_fn)
y.index_add_(0, torch.tensor([0]), w[:1]); print(y.grad_fn)
y.scatter_add_(0, torch.tensor([[0,1,1]]), w[1:]*3); print(y)
y.index_fill_(0, torch.tensor([1]), 0.); print(y.grad_fn)
y.sum().backward(); print(w.grad)
try: w.scatter_(1, torch.tensor([[0]]), 1.)
except RuntimeError as e: print(e)
b=torch.zeros(3,3); v=b[0]; v.scatter_(0, torch.tensor([1]), 4.); print(b, b._version)
one_hot=torch.zeros(3,4).scatter_(1, torch.tensor([[0],[2],[3]]), 1); print(one_hot)
m=torch.zeros(3,3).fill_diagonal_(2); print(m)

m.index_put_((torch.tensor([0,1]),torch.tensor([2,2])), torch.tensor(7.)); print(m)
m.index_put_((torch.tensor([0,0]),torch.tensor([2,2])), torch.tensor([1.,2.]), accumulate=True); print(m)

