# Dual tensors through the rules of many operations, held against differences.
import torch, torch.autograd.forward_ad as fwAD
from torch.autograd import gradcheck
def t(name,f,*a):
    try: print(name, gradcheck(f,a,check_forward_ad=True))
    except Exception as e: print(name, type(e).__name__, str(e).split("\n")[0])
torch.manual_seed(0)
x=torch.rand(3,4,dtype=torch.double,requires_grad=True); y=torch.rand(4,2,dtype=torch.double,requires_grad=True)
p=torch.rand(3,4,dtype=torch.double,requires_grad=True); b=torch.rand(4,dtype=torch.double,requires_grad=True)
s=(torch.rand(3,3,dtype=torch.double)+torch.eye(3)*3).requires_grad_()
F=torch.nn.functional
for n,f,a in [("mm",torch.mm,(x,y)),("add",lambda a,b: a+b,(x,b)),("mul",lambda a,b:a*b,(x,b)),("div",lambda a,b:a/(b+1),(x,b)),("pow",lambda a,b:(a+1)**b,(x,b)),
 ("sum",lambda a:a.sum(1),(x,)),("mean",lambda a:a.mean(),(x,)),("softmax",lambda a:a.softmax(1),(x,)),("logsumexp",lambda a:a.logsumexp(0),(x,)),
 ("var",lambda a:a.var(0),(x,)),("std",lambda a:a.std(),(x,)),("norm",lambda a:a.norm(),(x,)),("max",lambda a:a.max(1)[0],(x,)),("cumsum",lambda a:a.cumsum(1),(x,)),("cumprod",lambda a:a.cumprod(1),(x,)),
 ("cat",lambda a,b: torch.cat([a,b]),(x,p)),("index",lambda a:a[[0,2]],(x,)),("gather",lambda a:a.gather(1,torch.tensor([[0],[1],[2]])),(x,)),("T",lambda a:a.T@a,(x,)),
 ("inv",torch.inverse,(s,)),("det",torch.det,(s,)),("solve",torch.linalg.solve,(s,x)),("prod",lambda a:a.prod(1),(x,)),("where",lambda a,b:torch.where(a>.5,a,b),(x,p)),("clamp",lambda a:a.clamp(.2,.8),(x,)),
 ("sigmoid",torch.sigmoid,(x,)),("gelu",F.gelu,(x,)),("linear",lambda a,b:F.linear(a,b.T),(x,y)),("layernorm",lambda a:F.layer_norm(a,(4,)),(x,)),("mse",F.mse_loss,(x,p)),("ce",lambda a:F.cross_entropy(a,torch.tensor([0,1,3])),(x,)),
 ("conv",lambda a:F.conv1d(a[None],torch.ones(2,3,2,dtype=torch.double)),(x,)),("unbind",lambda a:a.unbind()[1],(x,)),("split",lambda a:a.split(2,1)[1],(x,)),("einsum",lambda a,b:torch.einsum("ij,jk->ik",a,b),(x,y)),
 ("sort",lambda a:a.sort(1)[0],(x,)),("topk",lambda a:a.topk(2)[0],(x,)),("expand",lambda a:a.expand(2,3,4),(x,)),("roll",lambda a:a.roll(1),(x,)),("trace",torch.trace,(s,)),("atan2",torch.atan2,(x,p)),("lerp",lambda a,b:torch.lerp(a,b,.3),(x,p)),("slogdet",lambda a: torch.linalg.slogdet(a)[1],(s,)),
 ("inplace",lambda a:a.clone().mul_(2).add_(a),(x,)),("setitem",lambda a:torch.zeros(3,4,dtype=torch.double).index_fill_(0,torch.tensor([0]),1).mul_(a),(x,)),("svdvals",torch.linalg.svdvals,(s,)),("pad",lambda a:F.pad(a,(1,1)),(x,)),("maxpool",lambda a:F.max_pool1d(a,2),(x,)),("diag",torch.diagonal,(s,)),("tril",torch.tril,(s,)),("flip",lambda a:a.flip(0),(x,)),("xlogy",torch.xlogy,(x,p)),("embedding",lambda a:F.embedding(torch.tensor([0,2]),a),(x,)),("dropout",lambda a:F.dropout(a,0.0),(x,)),("bce",F.binary_cross_entropy,(x,p.detach())),("batchnorm",lambda a:F.batch_norm(a,None,None,training=True),(x,)),("cross",lambda a,b:torch.cross(a[:,:3],b[:,:3],dim=1),(x,p))]:
    t(n,f,*a)
