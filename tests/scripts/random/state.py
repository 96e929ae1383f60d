# The state of a generator, kept and restored; and hooks behind a gradient.
import torch
torch.manual_seed(4)
torch.randn(3)
s=torch.get_rng_state()
a=torch.randn(4), torch.rand(700), torch.randn(20)
torch.set_rng_state(s)
b=torch.randn(4), torch.rand(700), torch.randn(20)
print([torch.equal(p,q) for p,q in zip(a,b)], s.shape, s.dtype)
with torch.random.fork_rng():
    torch.manual_seed(1); print(torch.rand(1))
print(torch.rand(2))
g=torch.Generator().manual_seed(3)
st=g.get_state(); u=torch.rand(2,generator=g); g.set_state(st); print(torch.equal(u,torch.rand(2,generator=g)))
x=torch.tensor([1.,2.],requires_grad=True)
def h(p):
    print(torch.is_grad_enabled(), p is x, p.grad)
    p.sub_(0.1*p.grad); p.grad=None
hd=x.register_post_accumulate_grad_hook(h)
x.register_hook(lambda g: print("hook", torch.is_grad_enabled()))
(x*x).sum().backward(); print(x, x.grad)
hd.remove()
(x*x).sum().backward(); print(x, x.grad)
try: (x*2).register_post_accumulate_grad_hook(h)
except RuntimeError as e: print(e)
torch.autograd.grad((x*x).sum(),x)
