# What modules do beside forward: members, hooks, states, conversions, containers, warnings, initialisation.
import torch, warnings
from torch import nn
import torch.nn.functional as F
from collections import OrderedDict
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a=nn.Linear(2,3); self.b=nn.Sequential(OrderedDict([('x',nn.Linear(3,2)),('act',nn.ReLU())])); self.w=nn.Parameter(torch.ones(2)); self.register_buffer('buf',torch.zeros(2)); self.register_parameter('none',None)
    def forward(self,x,scale=1.): return self.b(self.a(x))*self.w*scale+self.buf
n=Net(); print(n); print([k for k,_ in n.named_parameters()],[k for k,_ in n.named_buffers()],[k for k,_ in n.named_modules()],[k for k,_ in n.named_children()])
print(n.get_submodule('b.x'), n.get_parameter('a.bias').shape, n.get_buffer('buf'))
n.apply(lambda m: print(type(m).__name__))
print(n.train().training, n.eval().b.training, n.requires_grad_(False).a.weight.requires_grad, n.requires_grad_().w.requires_grad)
print(n.to(torch.float64).a.weight.dtype, n.float().buf.dtype, n.half().a.weight.dtype, n.to('cpu').float().w.dtype)
h=[n.a.register_forward_hook(lambda m,i,o: o*2), n.register_forward_pre_hook(lambda m,a,k: (a,{**k,'scale':3.}), with_kwargs=True), n.b.register_forward_hook(lambda m,a,k,o: print('kw',k), with_kwargs=True)]
print(n(torch.ones(1,2)))
for x in h: x.remove()
g=nn.modules.module.register_module_forward_hook(lambda m,i,o: print('g',type(m).__name__)); n(torch.ones(1,2)); g.remove()
n.a.register_full_backward_hook(lambda m,gi,go: print('fb',gi,go)); n.b.register_full_backward_pre_hook(lambda m,go: (go[0]*2,))
x=torch.ones(1,2,requires_grad=True); n(x).sum().backward(); print(x.grad, n.w.grad)
try: n.a.register_backward_hook(lambda *a: None)
except RuntimeError as e: print(e)
sd=n.state_dict(); print(list(sd), sd._metadata)
sd['a.weight']=torch.ones(3,3); sd['extra']=torch.ones(1); del sd['w']
try: n.load_state_dict(sd)
except RuntimeError as e: print(e)
print(n.load_state_dict({'w':torch.tensor([5.,6.])},strict=False), n.w)
class E(nn.Module):
    def get_extra_state(self): return {'k':1}
    def set_extra_state(self,s): print('extra',s)
e=E(); print(e.state_dict()); e.load_state_dict(e.state_dict())
n._register_state_dict_hook(lambda m,sd,p,l: sd.update(new=1)); print('new' in n.state_dict())
n.register_load_state_dict_post_hook(lambda m,k: print('post',k)); n.load_state_dict({k:v for k,v in n.state_dict().items() if k!='new'})
for f in [lambda: setattr(n,'a',3), lambda: setattr(n,'w',torch.ones(2)), lambda: n.undefined, lambda: n.register_buffer('a',torch.ones(1)), lambda: n.load_state_dict([1]), lambda: n.get_submodule('b.q'), lambda: delattr(n,'zz'), lambda: n.to(torch.int32), lambda: Net.forward(nn.Module(),1), lambda: nn.Module()(1)]:
    try: f()
    except Exception as ex: print(type(ex).__name__, str(ex)[:150])
class Bad(nn.Module):
    def __init__(self): self.x=nn.Linear(1,1)
try: Bad()
except AttributeError as ex: print(ex)
m=nn.ModuleList([nn.Linear(1,1)]); m.append(nn.ReLU()); m.insert(0,nn.Tanh()); m.extend([nn.ELU()]); print(m, len(m), m[-1], m[1:3]); del m[0]; print(m, m.pop(0))
d=nn.ModuleDict({'a':nn.Linear(1,1)}); d['b']=nn.ReLU(); d.update({'c':nn.Tanh()}); print(d, list(d.keys()), 'a' in d, d.pop('b'))
s=nn.Sequential(nn.Linear(1,2),nn.ReLU()); s.append(nn.Linear(2,1)); print(s[0], s[1:], s+nn.Sequential(nn.Tanh()), len(s)); s[1]=nn.GELU(); del s[0]; print(s)
pl=nn.ParameterList([torch.ones(1),torch.zeros(2)]); pl.append(torch.ones(3)); print(pl, len(list(pl.parameters()))); pd=nn.ParameterDict({'q':torch.ones(1)}); pd['r']=nn.Parameter(torch.zeros(1)); print(pd, list(pd))
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter('always'); F.softmax(torch.ones(3)); nn.Softmax()(torch.ones(2,2)); nn.MSELoss(size_average=False); F.mse_loss(torch.ones(2),torch.ones(2,1)); F.sigmoid(torch.ones(1)); nn.init.uniform(torch.ones(1)); nn.Dropout2d()(torch.ones(2,3)); nn.LSTM(1,1,dropout=.1)
    for i in w: print(i.category.__name__, str(i.message)[:100])
print(F.relu(torch.tensor([-1.,1.]),inplace=True), F.gumbel_softmax(torch.zeros(2,3),hard=True), F.dropout(torch.ones(5),.5), F.normalize(torch.tensor([[3.,4.]])), F.one_hot(torch.tensor([0,2])), F.pad(torch.ones(1,2),(1,1)), F.cosine_similarity(torch.ones(2,3),torch.ones(2,3)))
p=nn.Parameter(torch.ones(2)); print(p.data, p.detach(), (p+1).requires_grad, type(p+1), type(p.data), type(p.clone()), p.is_leaf, isinstance(p,nn.Parameter), nn.Parameter(torch.ones(1),requires_grad=False))
print(nn.utils.parameters_to_vector(n.parameters()).shape, nn.utils.clip_grad_value_(n.parameters(),.1), nn.init.calculate_gain('leaky_relu',.2), sum(p.numel() for p in n.parameters()))
torch.manual_seed(0)
for f in [lambda t: nn.init.xavier_uniform_(t), lambda t: nn.init.kaiming_normal_(t,mode='fan_out'), lambda t: nn.init.orthogonal_(t), lambda t: nn.init.trunc_normal_(t), lambda t: nn.init.sparse_(t,.5), lambda t: nn.init.eye_(t)]: print(f(torch.empty(2,3)))
print(nn.init.dirac_(torch.empty(2,2,3)))
