import torch, torch.autograd.forward_ad as fwAD
def t(f):
    try: print("ok", f())
    except Exception as e: print(type(e).__name__, str(e).split("\n")[0])
p=torch.tensor([1.,2.]); q=torch.tensor([1.,0.5])
t(lambda: fwAD.make_dual(p,q))
t(lambda: fwAD.exit_dual_level())
print(fwAD.unpack_dual(p))
with fwAD.dual_level():
    d=fwAD.make_dual(p,q)
    print(d)
    y=d.sin()*d+3
    print(fwAD.unpack_dual(y))
    print(fwAD.unpack_dual(y).tangent, fwAD.unpack_dual(y.sum()).tangent, fwAD.unpack_dual(p).tangent)
    t(lambda: fwAD.make_dual(p,torch.ones(3)))
    t(lambda: fwAD.make_dual(p,torch.ones(2,dtype=torch.double)))
    t(lambda: fwAD.make_dual(torch.ones(2,dtype=torch.long),q))
    t(lambda: fwAD.make_dual(p,torch.ones(2,dtype=torch.long)))
    t(lambda: fwAD.enter_dual_level())
    print(fwAD.unpack_dual(d.detach()).tangent)
    v=d.view(2,1); print(fwAD.unpack_dual(v).tangent)
    d2=fwAD.make_dual(p.clone(),q.clone()); d2.mul_(3); print(fwAD.unpack_dual(d2))
    d2[0].mul_(2); print(fwAD.unpack_dual(d2))
    z=torch.zeros(3); z[1]=d[1]; print(fwAD.unpack_dual(z))
    z=torch.zeros(3); z[:2].copy_(d); print(fwAD.unpack_dual(z).tangent)
    d2.zero_(); print(fwAD.unpack_dual(d2).tangent)
    d2.add_(d); print(fwAD.unpack_dual(d2).tangent)
    d2.copy_(torch.ones(2)); print(fwAD.unpack_dual(d2).tangent)
    s=torch.stack([d,p]); print(fwAD.unpack_dual(s).tangent)
    a,b=d.unbind(); print(fwAD.unpack_dual(b).tangent)
    print(fwAD.unpack_dual(d.max(dim=0)[0]).tangent, fwAD.unpack_dual(torch.softmax(d,0)).tangent)
    print((d>1), fwAD.unpack_dual(d.to(torch.float64)).tangent, fwAD.unpack_dual(torch.outer(d,d)).tangent)
    print(repr(d.sum()))
    w=torch.ones(2,requires_grad=True)
    o=(d*w**2).sum()
    pr,tg=fwAD.unpack_dual(o); print(pr,tg)
    print(torch.autograd.grad(tg,w))
    x=torch.tensor([1.,2.],requires_grad=True)
    dd=fwAD.make_dual(x,q)
    o=(dd**3).sum(); pr,tg=fwAD.unpack_dual(o)
    print(torch.autograd.grad(tg,x))
    print(d.requires_grad, dd.requires_grad, dd.grad_fn.name(), torch.equal(fwAD.unpack_dual(dd).primal, x))
print(fwAD.unpack_dual(d).tangent, fwAD.unpack_dual(y))
lin=torch.nn.Linear(2,2)
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx,x,k): ctx.save_for_backward(x); ctx.save_for_forward(x); ctx.k=k; return x*x*k
    @staticmethod
    def backward(ctx,g): return g,None
    @staticmethod
    def jvp(ctx,t,_):
        x,=ctx.saved_tensors
        return 2*x*t*ctx.k
with fwAD.dual_level():
    print(fwAD.unpack_dual(F.apply(fwAD.make_dual(p,q),2)).tangent)
    l=fwAD.enter_dual_level if False else None
print(torch.autograd.gradcheck(lambda x: x.sin()*x, torch.rand(3,dtype=torch.double,requires_grad=True), check_forward_ad=True))

# a tangent is differentiable where the weights that it depends on are, though these stand still
weight, bias, data = torch.randn(3, 3, requires_grad=True), torch.randn(3, requires_grad=True), torch.randn(2, 3)
with fwAD.dual_level():
    moving = fwAD.make_dual(weight, torch.ones(3, 3))
    for out in (torch.nn.functional.linear(data, moving, bias), data @ moving, moving * weight, moving + weight):
        tangent = fwAD.unpack_dual(out).tangent
        print(tangent.requires_grad, type(tangent.grad_fn).__name__)
