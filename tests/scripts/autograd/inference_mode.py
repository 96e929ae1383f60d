# Inference mode: what is made in it is good for no graph, and nothing counts its changes.
import torch
def t(f):
    try: r=f(); print("ok", r if not isinstance(r,torch.Tensor) else (r, r.is_inference(), r.requires_grad, r.is_leaf))
    except Exception as e: print(type(e).__name__, str(e).split("\n")[0])
def fresh():
    with torch.inference_mode(): return torch.ones(2)
n=torch.ones(2,requires_grad=True)
m=torch.zeros(2)
with torch.inference_mode():
    a=torch.ones(2); b=torch.ones(2,requires_grad=True)
    print(a.is_inference(), b.is_inference(), b.requires_grad, torch.is_inference(a), torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    t(lambda: a._version)
    t(lambda: a.add_(1))
    t(lambda: b.add_(1))
    t(lambda: a*b)
    t(lambda: n*2)
    t(lambda: n.view(2,1))
    t(lambda: n[0])
    t(lambda: a[0]); t(lambda: n.detach()); t(lambda: a.detach()); t(lambda: n.clone()); t(lambda: m.add_(1))
    print(m._version, m.is_inference())
    v=n.view(2)
    k=n.clone()
    t(lambda: torch.tensor([1.])); t(lambda: torch.zeros_like(n))
    with torch.inference_mode(False):
        print(torch.is_grad_enabled(), torch.is_inference_mode_enabled())
        t(lambda: torch.ones(1)); t(lambda: n*2)
        t(lambda: fresh().add_(1))
    with torch.enable_grad():
        t(lambda: n*2)
        t(lambda: torch.ones(2))
print("--outside")
t(lambda: a._version)
t(lambda: fresh().add_(1))
t(lambda: a+1)
t(lambda: a*a)
t(lambda: b+1)
t(lambda: b*b)
t(lambda: a*n)
t(lambda: a+n)
t(lambda: n*a)
t(lambda: (n+a).sum())
t(lambda: torch.sin(b))
t(lambda: a[0])
t(lambda: a.view(2,1))
t(lambda: a.detach())
t(lambda: a.clone())
t(lambda: a.clone()*n)
t(lambda: a.requires_grad_())
t(lambda: b.requires_grad_())
t(lambda: setattr(a,"requires_grad",True))
t(lambda: v.add_(1))
t(lambda: v*2)
t(lambda: m.copy_(a))
t(lambda: n.data.copy_(a))
t(lambda: fresh().copy_(m))
t(lambda: fresh().zero_())
def f(): fresh()[0]=1
t(f)
def f():
    b=fresh()
    b+=1
t(f)
with torch.no_grad():
    t(lambda: a*n)
    t(lambda: fresh().add_(1))
    t(lambda: a[0])
t(lambda: torch.nn.functional.linear(a[None], torch.ones(3,2,requires_grad=True)))
t(lambda: a.data); t(lambda: a.numpy()); t(lambda: k*n); t(lambda: repr(a)); t(lambda: a.backward())
def dec():
    @torch.inference_mode()
    def g(x): return x*2
    r=g(n); return r
t(dec)
s = torch.ones(1, 2, 3, requires_grad=True); c = s.clone()
out = c*c
with torch.inference_mode():
    c.add_(2)
t(lambda: out.backward(torch.ones_like(out)))
t(lambda: torch.is_inference(c))
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx,x,y): ctx.save_for_backward(x,y); return x*y
    @staticmethod
    def backward(ctx,g): return g,g
t(lambda: F.apply(n,a))
a2=torch.ones(2,requires_grad=True)
with torch.inference_mode():
    w=a2.view(1,2)
    print(w.is_inference(), w.requires_grad, w._version if not w.is_inference() else None)
t(lambda: w.mul_(2)); print(w)
