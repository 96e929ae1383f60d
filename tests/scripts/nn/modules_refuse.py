"""Inputs of modules by name, what modules refuse, and the old normalization over channels."""

import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune, rnn


def refused(call):
    try:
        print(tuple(call().shape))
    except Exception as error:
        print(type(error).__name__, str(error).split(". ")[0])


a, b = torch.arange(12.0).reshape(3, 4) / 6 - 1, torch.arange(12.0).reshape(3, 4).flip(0) / 9
for call in (
    lambda: nn.ReLU()(input=a),
    lambda: nn.MSELoss()(input=a, target=b),
    lambda: nn.MSELoss()(target=b, input=a),
    lambda: nn.PairwiseDistance()(x1=a, x2=b),
    lambda: nn.CosineSimilarity()(x1=a, x2=b),
    lambda: nn.PoissonNLLLoss()(log_input=a, target=b),
    lambda: nn.TripletMarginLoss()(anchor=a, positive=b, negative=a),
    lambda: nn.CosineEmbeddingLoss()(input1=a, input2=b, target=torch.ones(3)),
    lambda: nn.MaxPool1d(2)(input=a),
    lambda: nn.CTCLoss()(a),
    lambda: nn.MSELoss()(a, b, b),
    lambda: nn.ReLU()(a, b),
    lambda: nn.MSELoss()(a),
    lambda: nn.MSELoss()(a, input=b),
    lambda: nn.MSELoss()(a, b, size=3),
    lambda: nn.MultiMarginLoss(3),
    lambda: nn.TripletMarginLoss(-1),
    lambda: nn.RReLU(0.3, 0.2)(a),
    lambda: nn.Hardtanh(1, -1),
    lambda: nn.GLU(1)(a[:, :3]),
    lambda: nn.GroupNorm(1, 1)(a[0]),
    lambda: nn.Conv1d(3, 2, 0)(a),
    lambda: nn.ConvTranspose1d(3, 2, 2, output_padding=1)(a),
    lambda: nn.RNN(4, 2)(a.double()),
    lambda: nn.RNNCell(4, 2)(a, torch.ones(2, 2)),
    lambda: nn.GRUCell(4, 2)(a, torch.ones(3, 3)),
    lambda: nn.LSTMCell(3, 2)(a),
    lambda: nn.RNNBase("X", 2, 3),
    lambda: nn.ParameterList()(a),
    lambda: nn.ParameterDict()(a),
    lambda: nn.MultiheadAttention(4, 2)(a, a, a, is_causal=True),
    lambda: nn.MultiheadAttention(4, 2)(a[None], a[None], a[None], key_padding_mask=torch.ones(2, 1)),
    lambda: nn.FractionalMaxPool2d(2, output_ratio=2),
    lambda: rnn.pad_sequence([]),
    lambda: rnn.pack_padded_sequence(a, [3, 0, 1, 1]),
    lambda: torch.func.functional_call(nn.ReLU(), 3, (a,)),
    lambda: nn.Dropout1d()(a[0]),
    lambda: nn.ZeroPad1d((1, 2, 1))(a),
    lambda: nn.utils.weight_norm(nn.Linear(3, 2), dim=5),
    lambda: nn.utils.clip_grad_norm_(3, 1.0),
    lambda: prune.custom_from_mask(nn.Linear(3, 2), "weight", torch.ones(2)),
    lambda: prune.global_unstructured(3, prune.L1Unstructured, amount=5),
    lambda: nn.utils.fuse_linear_bn_eval(nn.Linear(3, 4).eval(), nn.BatchNorm1d(3).eval()),
    lambda: nn.functional.conv_tbc(a, a, a),
):
    refused(call)

x = torch.sin(torch.arange(72.0, dtype=torch.float64)).reshape(2, 4, 3, 3).requires_grad_()
for size in (2, 3, 5):
    out = nn.CrossMapLRN2d(size, 0.5, 0.75, 2)(x)
    (grad,) = torch.autograd.grad((out * out.detach().cos()).sum(), x)
    print(type(out.grad_fn).__name__, *[f"{each:.9g}" for each in (*out[1, :, 0, 1].tolist(), *grad[1, :, 0, 1].tolist())])

print(isinstance(nn.ReLU6(), nn.Hardtanh), nn.ReLU6(inplace=True), nn.TripletMarginWithDistanceLoss())
print([*nn.FractionalMaxPool2d(2, 3, _random_samples=torch.ones(1, 1, 2)).state_dict()])
print(type(nn.LSTM(2, 3, batch_first=True)(torch.ones(2, 4, 2))[1][0]).__name__, rnn.pack_sequence([a]).is_pinned())

tall = (torch.arange(12.0, dtype=torch.float64).reshape(4, 3) ** 2).sin()
for trivialize in (False, True):
    layer = nn.Linear(3, 4, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(tall)
    parametrizations.orthogonal(layer, orthogonal_map="householder", use_trivialization=trivialize)
    layer.weight = torch.linalg.qr(tall).Q
    print((layer.weight - torch.linalg.qr(tall).Q).abs().max().item() < 1e-12)
    layer.weight[0].sum().backward()
    print(f"{next(layer.parametrizations.weight.parameters()).grad[1:, 0].abs().sum().item() > 0}")


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).mT


class Exp(nn.Module):
    def forward(self, x):
        return x.exp()

    def right_inverse(self, x):
        return x.log()


layer = nn.Linear(2, 2)
with torch.no_grad():
    layer.weight.copy_(torch.tensor([[0.5, 1.0], [2.0, 4.0]]))
parametrize.register_parametrization(layer, "weight", Symmetric())
parametrize.register_parametrization(layer, "weight", Exp())
print(layer.weight)

F, cube = nn.functional, torch.arange(18.0).reshape(3, 2, 3) / 9
print(F.upsample_nearest(cube[None], scale_factor=2)[0, 0, 1], F.upsample_bilinear(cube[None], (3, 5))[0, 1, 1])
print(F.native_channel_shuffle(torch.arange(4.0).reshape(1, 4, 1), 2).flatten())
print(F.conv_tbc(cube[:, :, :2], cube.requires_grad_(), torch.ones(3), 1))
print(rnn.pack_sequence([cube[0], cube[1, :1]]).data)
