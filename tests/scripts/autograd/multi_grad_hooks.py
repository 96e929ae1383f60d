import torch
from torch.autograd.graph import register_multi_grad_hook
a=torch.ones(2,requires_grad=True); b=torch.ones(2,requires_grad=True); c=a*b; d=a.exp(); e=torch.ones(2,requires_grad=True)
h=register_multi_grad_hook((a,c,d,e), lambda g: print("all",g))
k=register_multi_grad_hook((a,c,d,e), lambda g: print("any",g), mode="any")
(c+d).sum().backward(retain_graph=True)
c.sum().backward(inputs=[b], retain_graph=True)
d.sum().backward(retain_graph=True)
torch.autograd.grad((c+d).sum(), (b,), retain_graph=True)
torch.autograd.grad((c*d).sum(), (c,), retain_graph=True)
h.remove(); k.remove()
(c+d).sum().backward()
try: register_multi_grad_hook((a,), print, mode="no")
except Exception as x: print(type(x).__name__, x)
