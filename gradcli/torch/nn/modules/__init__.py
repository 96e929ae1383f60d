"""The classes of modules, in files as PyTorch has them."""

from __future__ import annotations

from gradcli.torch.utils.lazy import getattr_of

_DIMS = ("1d", "2d", "3d")


def _sized(*names: str) -> tuple[str, ...]:
    return tuple(name + dims for name in names for dims in _DIMS)


HOMES: dict[str, tuple[str, ...]] = {
    "module": ("Module",),
    "linear": ("Identity", "Linear", "Bilinear", "LazyLinear"),
    "activation": (
        *("Threshold", "ReLU", "ReLU6", "RReLU", "Sigmoid", "Hardsigmoid", "Tanh", "SiLU", "Mish", "Hardswish", "Hardtanh"),
        *("ELU", "CELU", "SELU", "GLU", "GELU", "Hardshrink", "LeakyReLU", "LogSigmoid", "Softplus", "Softshrink", "PReLU"),
        *("Softsign", "Tanhshrink", "Softmin", "Softmax", "Softmax2d", "LogSoftmax", "MultiheadAttention"),
    ),
    "container": ("Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"),
    "conv": _sized("Conv", "ConvTranspose", "LazyConv", "LazyConvTranspose"),
    "batchnorm": (*_sized("BatchNorm", "LazyBatchNorm", "InstanceNorm", "LazyInstanceNorm"), "SyncBatchNorm"),
    "normalization": ("LocalResponseNorm", "CrossMapLRN2d", "LayerNorm", "GroupNorm", "RMSNorm"),
    "padding": _sized("ConstantPad", "ZeroPad", "CircularPad", "ReflectionPad", "ReplicationPad"),
    "pooling": (
        *_sized("MaxPool", "AvgPool", "LPPool", "MaxUnpool", "AdaptiveAvgPool", "AdaptiveMaxPool"),
        *("FractionalMaxPool2d", "FractionalMaxPool3d"),
    ),
    "loss": (
        *("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "NLLLoss", "NLLLoss2d", "CrossEntropyLoss", "BCELoss"),
        *("BCEWithLogitsLoss", "KLDivLoss", "PoissonNLLLoss", "GaussianNLLLoss", "HingeEmbeddingLoss", "CTCLoss"),
        *("CosineEmbeddingLoss", "MarginRankingLoss", "SoftMarginLoss", "MultiMarginLoss", "MultiLabelMarginLoss"),
        *("MultiLabelSoftMarginLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss", "LinearCrossEntropyLoss"),
        "LinearCrossEntropyOptions",
    ),
    "dropout": (*_sized("Dropout"), "Dropout", "AlphaDropout", "FeatureAlphaDropout"),
    "distance": ("PairwiseDistance", "CosineSimilarity"),
    "flatten": ("Flatten", "Unflatten"),
    "fold": ("Fold", "Unfold"),
    "pixelshuffle": ("PixelShuffle", "PixelUnshuffle", "ChannelShuffle"),
    "upsampling": ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"),
    "sparse": ("Embedding", "EmbeddingBag"),
    "adaptive": ("AdaptiveLogSoftmaxWithLoss",),
    "rnn": ("RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"),
    "transformer": (
        *("Transformer", "TransformerEncoder", "TransformerDecoder", "TransformerEncoderLayer"),
        "TransformerDecoderLayer",
    ),
}

# What PyTorch keeps in a module of its own stands here beside its like.
__getattr__, __dir__, __all__ = getattr_of(__name__, {**HOMES, "lazy": (), "calling": (), "utils": ()})
