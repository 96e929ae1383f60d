"""The functions that make batches, under the name that PyTorch has for them."""

from __future__ import annotations

from gradcli.torch.utils.data.collate import collate as collate
from gradcli.torch.utils.data.collate import default_collate as default_collate
from gradcli.torch.utils.data.collate import default_collate_fn_map as default_collate_fn_map
from gradcli.torch.utils.data.collate import default_convert as default_convert
