# RNN, LSTM and GRU: layers, directions, projections, packed sequences, cells, and their gradients.
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence, pack_sequence, unpad_sequence

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.randn(4, 2, 3)
for net in (nn.RNN(3, 2), nn.RNN(3, 2, nonlinearity="relu", bias=False), nn.LSTM(3, 2, num_layers=2), nn.GRU(3, 2, bidirectional=True),
            nn.LSTM(3, 4, proj_size=2, bidirectional=True), nn.GRU(3, 2, num_layers=2, batch_first=True)):
    print(net)
    out, state = net(x)
    print(out.shape, [tuple(s.shape) for s in (state if isinstance(state, tuple) else (state,))])
    print(out.detach())
    out.pow(2).sum().backward()
    print([f"{p.grad.abs().sum():.6f}" for p in net.parameters()])
    print([name for name, _ in net.named_parameters()][:5])

lstm = nn.LSTM(3, 2, bidirectional=True)
sequences = [torch.randn(n, 3) for n in (2, 4, 3)]
padded = pad_sequence(sequences)
print(padded.shape, pad_sequence(sequences, batch_first=True, padding_value=-1.0)[0, 2:])
packed = pack_padded_sequence(padded, [2, 4, 3], enforce_sorted=False)
print(packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices, packed.data.shape)
out, (h, c) = lstm(packed)
unpacked, lengths = pad_packed_sequence(out)
print(unpacked, lengths)
print(h, c)
alone = lstm(sequences[0].unsqueeze(1))[1][0]
print(torch.allclose(alone[:, 0], h[:, 0]))
print([tuple(s.shape) for s in unpad_sequence(unpacked, lengths)], pack_sequence(sequences, enforce_sorted=False).batch_sizes)

for cell in (nn.RNNCell(3, 2), nn.LSTMCell(3, 2), nn.GRUCell(3, 2)):
    state = None
    for step in x:
        state = cell(step, state)
    print(cell, state if isinstance(state, tuple) else state.detach())
print(nn.LSTM(3, 2)(x[:, 0])[0].shape, nn.GRU(3, 2)(x, torch.ones(1, 2, 2))[1].shape)
torch.manual_seed(1)
deep = nn.GRU(3, 2, num_layers=2, dropout=0.5)
print(deep(x)[0][-1], deep.eval()(x)[0][-1])
for wrong in (lambda: nn.LSTM(3, 2)(torch.ones(2, 2)), lambda: nn.GRU(3, 2)(x, torch.ones(2, 2, 2)), lambda: nn.LSTM(3, 2)(x, (torch.ones(2, 2), torch.ones(2, 2))),
              lambda: nn.RNN(3, 2, nonlinearity="gelu"), lambda: nn.LSTM(3, 0), lambda: nn.GRU(3, 2, proj_size=1), lambda: pack_padded_sequence(padded, [2, 4, 3])):
    try:
        wrong()
    except (RuntimeError, ValueError) as error:
        print(type(error).__name__, str(error)[:90])
