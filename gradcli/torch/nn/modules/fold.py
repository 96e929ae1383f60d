"""Windows of images as columns, and columns as sums of windows."""

from __future__ import annotations

from gradcli.torch.nn.modules.layer import REQUIRED, layer

_SIZES = {"kernel_size": REQUIRED, "dilation": 1, "padding": 0, "stride": 1}
Fold = layer("Fold", "fold", "output_size kernel_size dilation padding stride", output_size=REQUIRED, **_SIZES)
Unfold = layer("Unfold", "unfold", "kernel_size dilation padding stride", **_SIZES)
