# Transposed convolutions, group and rms norm, padding modes, interpolation, windows, bags of embeddings, and their gradients.
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0); torch.set_default_dtype(torch.float64)
x=torch.randn(2,4,5,6,requires_grad=True)
for m in [nn.ConvTranspose2d(4,6,3,stride=2,padding=1,output_padding=1,groups=2),nn.ConvTranspose2d(4,2,(2,3),dilation=2,bias=False),nn.PReLU(4),nn.ReflectionPad2d((1,2,0,1)),nn.ReplicationPad2d(-1),nn.Upsample(scale_factor=(2,1.5),mode='bilinear',align_corners=True),nn.Upsample(size=(3,9),mode='bilinear'),nn.Upsample(size=(3,9)),nn.Upsample(scale_factor=1.7,mode='nearest-exact'),nn.Unfold((2,3),padding=1,stride=2),nn.AdaptiveMaxPool2d((2,4)),nn.PixelShuffle(2),nn.ChannelShuffle(2),nn.RMSNorm(6,eps=1e-6),nn.Conv2d(4,2,3,padding=1,padding_mode='reflect'),nn.Conv2d(4,2,3,padding='same',padding_mode='circular')]:
    o=m(x); x.grad=None; (o*torch.arange(o.numel()).view(o.shape)).sum().backward(); print(m, o.shape, o.grad_fn.name(), f'{o.sum():.5f} {(x.grad*x.detach()).sum():.4f}', [f'{p.grad.sum():.4f}' for p in m.parameters()])
print(nn.ConvTranspose2d(4,2,3,stride=2)(x,output_size=(12,14)).shape, nn.ConvTranspose1d(4,2,3,stride=3,padding=1)(x[:,:,0]).shape)
e=nn.EmbeddingBag(10,3,mode='sum'); print(e(torch.tensor([1,2,4,5,4]),torch.tensor([0,3])), e(torch.tensor([[1,2],[3,3]]),per_sample_weights=torch.tensor([[.5,1.],[2.,1.]]))); print(nn.EmbeddingBag(4,2,mode='max')(torch.tensor([[0,1],[2,3]])).shape)
print(F.multi_margin_loss(torch.tensor([[.1,.2,.4,.8]]),torch.tensor([3])), F.multilabel_margin_loss(torch.tensor([[.1,.2,.4,.8]]),torch.tensor([[3,0,-1,1]])), F.fold(torch.ones(1,8,6),(3,4),(2,2)))
for f in [lambda: F.interpolate(x), lambda: F.group_norm(x,3), lambda: F.pad(x,(7,7,0,0),mode='reflect'), lambda: F.interpolate(x,size=3,mode='linear'), lambda: F.interpolate(x,2,align_corners=True)]:
    try: f(); print('fine')
    except Exception as ex: print(type(ex).__name__, str(ex)[:60])
x=torch.randn(2,3,5,6,requires_grad=True)
for kw in [dict(size=(9,9),mode='bicubic'),dict(scale_factor=2,mode='bicubic',align_corners=True),dict(scale_factor=.6,mode='bicubic')]:
    o=F.interpolate(x,**kw); x.grad=None; (o*torch.arange(o.numel()).view(o.shape)).sum().backward(); print(o.shape, o.grad_fn.name(), f'{o.sum():.6f} {(x.grad*x.detach()).sum():.5f}', o[0,0,0].detach())
