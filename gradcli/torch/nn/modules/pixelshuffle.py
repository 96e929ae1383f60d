"""Channels as pixels, pixels as channels, and channels in another order."""

from __future__ import annotations

from gradcli.torch.nn.modules.layer import REQUIRED, layer

PixelShuffle = layer("PixelShuffle", "pixel_shuffle", "upscale_factor", upscale_factor=REQUIRED)
PixelUnshuffle = layer("PixelUnshuffle", "pixel_unshuffle", "downscale_factor", downscale_factor=REQUIRED)
ChannelShuffle = layer("ChannelShuffle", "channel_shuffle", "groups", groups=REQUIRED)
