"""`torch.utils.data`: data sets, the orders in which they are gone through, and loaders of batches."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

__getattr__, __dir__, __all__ = getattr_of(
    __name__,
    {
        "dataset": (
            *("Dataset", "IterableDataset", "TensorDataset", "StackDataset", "ConcatDataset", "ChainDataset", "Subset"),
            "random_split",
        ),
        "sampler": (
            *("Sampler", "SequentialSampler", "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler"),
            "BatchSampler",
        ),
        "dataloader": ("DataLoader",),
        "distributed": ("DistributedSampler",),
        "_utils": (),
        "collate": ("default_collate", "default_convert"),
        "workers": ("get_worker_info",),
    },
)
