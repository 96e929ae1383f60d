# Attention: scaled_dot_product_attention, MultiheadAttention with masks, and the transformer's layers.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
q, k, v = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 6, 5), torch.randn(2, 3, 6, 5)
print(F.scaled_dot_product_attention(q, k, v)[0, 0])
print(F.scaled_dot_product_attention(q, k[:, :, :4], v[:, :, :4], is_causal=True)[1, 2])
mask = torch.rand(4, 6) > 0.4
print(F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=0.3)[0, 1])

mha = nn.MultiheadAttention(8, 2)
x = torch.randn(5, 3, 8, requires_grad=True)
out, weights = mha(x, x, x)
print(out[0], weights[0])
out.sum().backward()
print(x.grad[1], mha.in_proj_weight.grad.abs().sum())
padding = torch.tensor([[False] * 5, [False, False, False, True, True], [False, True, True, True, True]])
out, weights = mha(x, x, x, key_padding_mask=padding, average_attn_weights=False)
print(weights.shape, weights[1, 0])
causal = nn.Transformer.generate_square_subsequent_mask(5)
print(causal)
print(mha(x, x, x, attn_mask=causal, need_weights=False)[0][:, 0])
other = nn.MultiheadAttention(8, 4, kdim=3, vdim=6, batch_first=True, bias=False, add_zero_attn=True)
print(other, other(torch.randn(2, 4, 8), torch.randn(2, 7, 3), torch.randn(2, 7, 6))[0].shape)
biased = nn.MultiheadAttention(8, 2, add_bias_kv=True)
print(biased(x, x, x)[1].shape, biased(x[:, 0], x[:, 0], x[:, 0])[0].shape)

layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
print(layer(x, src_key_padding_mask=padding)[0])
first = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, norm_first=True, activation="gelu", batch_first=True)
print(first(x)[0, 0])
net = nn.Transformer(8, 2, 2, 2, 16, dropout=0.0)
src, tgt = torch.randn(5, 2, 8), torch.randn(4, 2, 8)
out = net(src, tgt, tgt_mask=nn.Transformer.generate_square_subsequent_mask(4))
print(out[:, 0])
out.pow(2).sum().backward()
print(sum(p.numel() for p in net.parameters()), f"{sum(p.grad.abs().sum() for p in net.parameters()):.4f}")
torch.manual_seed(3)
dropped = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.3)
print(dropped(tgt, src)[0, 0], dropped.eval()(tgt, src)[0, 0])
for wrong in (lambda: nn.MultiheadAttention(8, 3), lambda: mha(x, x[..., :4], x), lambda: net(src, torch.randn(4, 3, 8)), lambda: mha(x, x, x, attn_mask=torch.zeros(3, 3))):
    try:
        wrong()
    except (RuntimeError, ValueError, AssertionError) as error:
        print(type(error).__name__, str(error)[:60])
