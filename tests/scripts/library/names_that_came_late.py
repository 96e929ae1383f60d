"""Names of PyTorch's that few programs use: windows, attention with functions of scores, buffers, functions in torch itself."""

import warnings

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.attention.bias import causal_lower_right, causal_upper_left
from torch.nn.attention.flex_attention import and_masks, create_block_mask, create_mask, flex_attention, or_masks
from torch.signal import windows
from torch.types import Number
warnings.filterwarnings("ignore", message="flex_attention called")  # without a compiler, of which there is none here


def attempt(call):
    try:
        print(call())
    except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
        print(type(error).__name__, str(error).splitlines()[0][:75])

for make in (windows.hann, windows.hamming, windows.blackman, windows.nuttall, windows.bartlett, windows.cosine, windows.kaiser):
    print(make.__name__, make(5, dtype=torch.float64), make(4, sym=False), make(1))
print(windows.gaussian(5, std=0.9), windows.exponential(5, tau=2.0), windows.exponential(5, center=1, sym=False))
print(windows.general_hamming(4, alpha=0.3), windows.general_cosine(4, a=[0.3, 0.2, 0.1]), windows.hann(0))
for wrong in (
    lambda: windows.hann(-1), lambda: windows.hann(3, dtype=torch.int64), lambda: windows.gaussian(3, std=0),
    lambda: windows.exponential(3, center=1), lambda: windows.general_cosine(3, a=[]),
):  # fmt: skip
    attempt(wrong)

q = torch.linspace(-1, 1, 32, dtype=torch.float64).reshape(1, 2, 4, 4)
k = torch.linspace(0, 2, 48, dtype=torch.float64).reshape(1, 2, 6, 4)
print(causal_lower_right(3, 4), F.scaled_dot_product_attention(q, k, k, attn_mask=causal_upper_left(4, 6)))
causal = lambda b, h, i, j: i >= j  # noqa: E731
print(flex_attention(q, q, q, score_mod=lambda s, b, h, i, j: s + i - j * (h + 1)))
print(flex_attention(q, q, q, block_mask=create_block_mask(causal, None, None, 4, 4)))
print(create_mask(and_masks(causal, lambda b, h, i, j: i - j < 2), 1, 1, 4, 4).int())
print(create_mask(or_masks(causal, lambda b, h, i, j: j == 3), 1, 1, 4, 4).int())
attempt(lambda: flex_attention(q, k[:, :1], k[:, :1]))
print(flex_attention(q, k[:, :1], k[:, :1], enable_gqa=True, scale=0.1))

x = torch.tensor([1.0, 2.0, 3.0])
print(x.clone().apply_(lambda a: a * 2), x.clone().map_(x, lambda a, b: a + b), x.clone().map2_(x, x, lambda a, b, c: a + b * c))
print(x.double().float_power_(2), x.clone().greater_(2), x.hardshrink(1.5), torch.zeros(2, 3).t().dim_order())
attempt(lambda: x.clone().float_power_(2))
attempt(lambda: x.clone().requires_grad_().apply_(abs))
attempt(lambda: x.clone().map_(torch.tensor([1, 2, 3]), max))

print(torch.frombuffer(bytearray(b"abcdefgh"), dtype=torch.int16), torch.from_dlpack(x), torch.from_dlpack(np.ones(2)))
for wrong in (
    lambda: torch.frombuffer(bytearray(7), dtype=torch.float32),
    lambda: torch.frombuffer(bytearray(8), dtype=torch.float32, offset=9),
    lambda: torch.frombuffer(bytearray(8), dtype=torch.float32, count=3),
):
    attempt(wrong)
print(torch.dropout(x, 0.5, False), torch.bilinear(x, x, torch.ones(2, 3, 3), None), torch.norm_except_dim(torch.ones(2, 3), 2, 0))
print(torch.grid_sampler(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2), 0, 0, False), torch.embedding_renorm_(x[None], x[:1].long() - 1, 1, 2))
print(torch.convolution(torch.ones(1, 1, 3), torch.ones(1, 1, 2), None, [1], [0], [1], True, [0], 1))
w, h = [torch.ones(4, 2), torch.ones(4, 1)], (torch.zeros(1, 1, 1), torch.zeros(1, 1, 1))
print(torch.lstm(torch.ones(3, 1, 2), h, w, False, 1, 0.0, False, False, False)[0])
print(torch.gru_cell(torch.ones(1, 2), torch.zeros(1, 1), torch.ones(3, 2), torch.ones(3, 1)), torch.range(1, 4))
print(isinstance(1.5, Number), torch.get_num_interop_threads() > 0, torch.is_storage(x.untyped_storage()), torch.get_device(x))
torch.set_deterministic_debug_mode("warn")
print(torch.get_deterministic_debug_mode(), torch.is_deterministic_algorithms_warn_only_enabled())
attempt(lambda: torch.set_deterministic_debug_mode("loud"))
