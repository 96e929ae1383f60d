# Convolution and pooling in three dimensions, and CTC, with their gradients.
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0); torch.set_default_dtype(torch.float64)
x=torch.randn(2,4,5,6,7,requires_grad=True)
for m in [nn.Conv3d(4,6,3,stride=2,padding=1,groups=2),nn.Conv3d(4,2,(1,2,3),dilation=(1,2,1),padding='same'),nn.MaxPool3d(2),nn.MaxPool3d(3,stride=2,padding=1),nn.AvgPool3d(2),nn.AvgPool3d(3,stride=1,padding=1),nn.AdaptiveAvgPool3d((2,3,None)),nn.ConvTranspose3d(4,2,2,stride=2,padding=1,bias=False),nn.Upsample(scale_factor=2,mode='trilinear'),nn.LPPool3d(2,2)]:
    o=m(x); x.grad=None; (o*torch.arange(o.numel()).view(o.shape)).sum().backward(); print(m, o.shape, f'{o.sum():.5f} {(x.grad*x.detach()).sum():.4f}', [f'{p.grad.sum():.4f}' for p in m.parameters()])
o,i=F.max_pool3d(x.detach(),2,return_indices=True); print(i.sum(), F.max_unpool3d(o,i,2,output_size=(5,6,7)).sum())
lp=torch.randn(12,3,6).log_softmax(2).detach().requires_grad_(); t=torch.randint(1,6,(3,4)); il=torch.tensor([12,10,7]); tl=torch.tensor([4,3,2])
for r in ('mean','sum','none'):
    l=F.ctc_loss(lp,t,il,tl,reduction=r); lp.grad=None; l.sum().backward(); print(l.detach(), f'{lp.grad.abs().sum():.6f}', lp.grad[3,0])
print(F.ctc_loss(lp,torch.tensor([1,1,2,3]),torch.tensor([12,12,12]),torch.tensor([2,1,1])), nn.CTCLoss(zero_infinity=True)(lp[:2],torch.tensor([[1,1,1]]*3),torch.tensor([2,2,2]),torch.tensor([3,3,3])))
