"""Loaders with their options and iterators, samplers of several processes, dictionaries of parameters, and tensors without values."""

import torch
from torch import nn
from torch.nn.utils import prune
from torch.utils.data import DataLoader, Dataset, RandomSampler, Subset, TensorDataset
from torch.utils.data._utils.collate import collate, default_collate, default_collate_fn_map
from torch.utils.data.distributed import DistributedSampler


def refused(call, *args, **options):
    try:
        print(call(*args, **options))
    except Exception as error:
        print(type(error).__name__, error)


data = TensorDataset(torch.arange(10.0).reshape(5, 2), torch.arange(5))
loader = DataLoader(data, batch_size=2)
rounds = iter(loader)
print(len(rounds), next(rounds), type(rounds).__name__, type(loader).__module__, Dataset.__module__)
print(loader.persistent_workers, loader.prefetch_factor, Subset(data, [1, 3]).__getitems__([1]))
for options in (
    {"timeout": -1},
    {"prefetch_factor": 2},
    {"persistent_workers": True},
    {"multiprocessing_context": "fork"},
):
    refused(DataLoader, data, **options)
refused(setattr, loader, "batch_size", 3)
refused(RandomSampler, [])
for rank in range(2):
    sampler = DistributedSampler(range(7), num_replicas=2, rank=rank)
    print(list(sampler), len(sampler))
    sampler.set_epoch(3)
    print(list(sampler))
refused(DistributedSampler, range(3), 2, 5)


class Celsius(float):
    pass


known = {Celsius: lambda batch, collate_fn_map: [f"{each} C" for each in batch], **default_collate_fn_map}
print(collate([(Celsius(1), 2), (Celsius(3), 4)], collate_fn_map=known), default_collate([[1, "a"], [2, "b"]]))

parameters = nn.ParameterDict({"a": torch.zeros(2), "b": torch.ones(1)})
joined = parameters | nn.ParameterDict({"z": torch.zeros(1)})
print(joined, list(reversed(joined)), parameters.copy().popitem()[0], parameters.fromkeys(["x"], 1.0))
refused(parameters.update, 3)
refused(nn.ModuleDict().update, [3])
refused(nn.ModuleDict().update, [("a", nn.ReLU(), 3)])

with torch.device("meta"):
    layer = nn.Linear(2, 3)
    print(torch.tensor([1.0, 2.0]), torch.as_tensor([1]).device, torch.tensor(1.0, device="cpu"))
print(torch.tensor([1.0], device="meta"))
refused(layer, torch.zeros(4, 2))
refused(lambda: torch.zeros(2, device="meta") + torch.zeros(2))
refused(torch.zeros(2).copy_, torch.zeros(2, device="meta"))
refused(torch.zeros(2, device="meta").item)
refused(torch.zeros(2, device="meta").numpy)

linear = nn.Linear(2, 2)
refused(prune.ln_structured, linear, "bias", 1, 2, 0)
print(linear.bias.shape, type(nn.CrossEntropyLoss()), nn.Module)
