# Hooks of modules: forward, before it, and for the gradients of inputs and outputs.
import torch
from torch import nn
torch.manual_seed(0)
net=nn.Sequential(nn.Linear(2,3),nn.Tanh(),nn.Linear(3,1))
def hook(module,gi,go):
    print(module,gi,go)
for m in net: m.register_full_backward_hook(hook)
h=net[1].register_full_backward_pre_hook(lambda m,go:(go[0]*2,))
x=torch.ones(1,2)
y=net(x)
print(y)
y.sum().backward()
print(net[0].weight.grad)
h.remove()
x=torch.ones(1,2,requires_grad=True)
def rep(module,gi,go): return (gi[0]*10,)
net[0].register_full_backward_hook(rep)
y=net(x)
y.sum().backward()
print(x.grad)
class Two(nn.Module):
    def forward(self,a,b): return a*b, a+b
t=Two(); t.register_full_backward_hook(hook)
a=torch.tensor([1.,2.],requires_grad=True); b=torch.tensor([3.,4.])
p,q=t(a,b)
print(p,q)
p.sum().backward()
print(a.grad)
k=net[1].register_forward_hook(lambda m,args,kw,out: print(args,kw,out.shape), with_kwargs=True)
net[1].register_forward_hook(lambda m,args,out: print("first"), prepend=True)
net[1].register_forward_pre_hook(lambda m,args,kw: print("pre",args,kw), with_kwargs=True)
net(x)
