# What programs of earlier years call: numbers before tensors, torch.range, subscripts in lists, devices that may not be there.
import warnings

import numpy as np
import torch
import torch.multiprocessing as mp
from torch import nn
from torch.nn.modules.utils import _pair, _triple
from torch.utils.dlpack import from_dlpack, to_dlpack

warnings.simplefilter("ignore")


def attempt(call):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:95])


# the update of Adam as it was written then
p, grad, m, v = torch.ones(2), torch.tensor([0.5, -1.0]), torch.zeros(2), torch.zeros(2)
for step in range(2):
    m.mul_(0.9).add_(1 - 0.9, grad)
    v.mul_(0.99).addcmul_(1 - 0.99, grad, grad)
    p.addcdiv_(-0.1, m, v.sqrt().add_(1e-8))
print(p, p.sub(2, grad), torch.add(p, 3, grad))
a = torch.arange(4.0).view(2, 2)
print(torch.addmm(2, a, 3, a, a), a.addmm(2, a, a), torch.addmv(0.5, a[0], 2, a, a[1]))
print(torch.range(1, 4), torch.range(0, 1, 0.25), torch.range(5, 1, -2))
attempt(lambda: torch.range(1, 2, 0))
print(torch.einsum(a, [0, 1], a, [1, 2], [0, 2]), torch.einsum(a, [..., 0]), torch.einsum(a, [0, 0]))
attempt(lambda: torch.einsum("ij"))
print(from_dlpack(to_dlpack(a)), np.from_dlpack(a).sum(), torch.from_dlpack(np.arange(2)), torch.frombuffer(bytearray(b"ab"), dtype=torch.uint8))
print(_pair(2), _triple([1, 2, 3]), torch.is_storage(a), torch.is_storage(a.untyped_storage()))

# lists of tensors and of NumPy's numbers bring their dtypes
print(torch.tensor([np.ones(2), np.zeros(2)]).dtype, torch.tensor([np.float32(1), 2]).dtype, torch.tensor([np.int32(1), np.int32(2)]).dtype)
print(torch.tensor([torch.tensor(1.0, dtype=torch.float64), 2]).dtype, torch.tensor([torch.tensor([1.0]), torch.tensor([2.0])]))
for data in ([torch.ones(2), torch.ones(2)], [1, "a"], [[1, 2], [3, None]], [1, [2]], [1.0, [2]], [[1, 2], 3], [[1, 2], [3]], {1: 2}, map(int, [1])):
    attempt(lambda: torch.tensor(data))
attempt(lambda: torch.tensor([None], dtype=torch.float32))
attempt(lambda: torch.from_numpy(np.ones(3)[::-1]))
attempt(lambda: torch.mm(a, np.ones((2, 2))))
attempt(lambda: torch.zeros(2, "a"))
attempt(lambda: torch.zeros("a"))
attempt(lambda: nn.Linear(2.5, 1))
attempt(lambda: nn.Conv2d(1, 2))
attempt(lambda: nn.ConvTranspose1d(1, 2, 3, foo=1))

# devices and parts that may not be there
device = "cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "xpu" if torch.xpu.is_available() else "cpu"
print(device, torch.distributed.is_initialized(), torch.cuda.is_bf16_supported(), torch.backends.cudnn.enabled, torch.backends.cuda.matmul.allow_tf32)
for call in (
    lambda: a.to("mps"), lambda: a.to("xpu"), lambda: torch.device("gpu"), lambda: torch.device("cuda:a"), torch.cuda.get_device_capability,
    torch.cuda.Event, torch.distributed.get_rank,
    lambda: torch.hub.load(".", "model", source="x"), lambda: torch.hub.load("/none", "model", source="local"), torch.OutOfMemoryError,
):
    attempt(call)


def work(rank, queue):
    queue.put(torch.full((2,), float(rank)).tolist())


if __name__ == "__main__":
    print(mp.get_start_method(), mp.get_sharing_strategy())
    queue = mp.Queue()
    process = mp.Process(target=work, args=(3, queue))
    process.start()
    print(queue.get())
    process.join()
