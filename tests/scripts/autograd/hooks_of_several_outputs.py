import torch
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx,a,b): return a*b
    @staticmethod
    def backward(ctx,g): return g, None
class G(torch.autograd.Function):
    @staticmethod
    def forward(ctx,a): return a*2
    @staticmethod
    def backward(ctx,g): print("G", g); return g
class H(torch.autograd.Function):
    @staticmethod
    def forward(ctx,a): ctx.set_materialize_grads(False); return a*2
    @staticmethod
    def backward(ctx,g): print("H", g); return g
for K in (G,H):
    x=torch.ones(2,requires_grad=True); z=torch.ones(2,requires_grad=True)
    F.apply(z,K.apply(x)).sum().backward()
    print(x.grad,z.grad)
    x.grad=None
    F.apply(z,K.apply(x*3)).sum().backward(create_graph=True)
    print(x.grad)
class M(torch.autograd.Function):
    @staticmethod
    def forward(ctx,a): return a*2,a*3,a*4
    @staticmethod
    def backward(ctx,g,h,k): print("M", g,h,k); return g+h+k
x=torch.ones(2,requires_grad=True)
a,b,c=M.apply(x)
a.grad_fn.register_prehook(lambda g: print("pre",g))
a.grad_fn.register_hook(lambda g,h: print("post",g,h))
b.register_hook(lambda g: print("b",g))
c.register_hook(lambda g: print("c",g))
a.register_hook(lambda g: print("a",g))
b.retain_grad(); c.retain_grad()
b.sum().backward(retain_graph=True)
print(b.grad,c.grad)
print(torch.autograd.grad(b.sum(), b, retain_graph=True))
print(torch.autograd.grad(b.sum(), (b,x), retain_graph=True))
x, a = torch.tensor(.5, requires_grad=True), torch.tensor(1., requires_grad=True)
d1 = torch.autograd.grad(x * a, x, create_graph=True)
d2 = torch.autograd.grad(d1, x, create_graph=True, allow_unused=True, materialize_grads=True)
print(d2, torch.autograd.grad(d2, x, materialize_grads=True))
x=torch.ones(4,requires_grad=True)
p,q=(x*1).split(2)
def bad(g): return g*2, None
p.grad_fn.register_prehook(lambda g: (g[0]*10 if g[0] is not None else None, g[1]))
(p.sum()+q.sum()*2).backward(); print(x.grad)
try:
    y=(x*2); y.grad_fn.register_prehook(lambda g: (g[0],g[0])); y.sum().backward()
except RuntimeError as e: print(e)
try:
    y=(x*2); y.grad_fn.register_hook(lambda g,h: (g[0],)); y.sum().backward()
except RuntimeError as e: print(e)
def post(p): return 3
x=torch.ones(1,requires_grad=True)
x.register_post_accumulate_grad_hook(post)
try: (x*2).sum().backward()
except Exception as e: print(type(e).__name__, e)
