"""What PyTorch says of a call before it makes it, and the ways of calling that it has kept from older days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradcli.graph.operation import Operation
from gradcli.graph.tensor import Tensor
from gradcli.run.script.calls import TableFunction, function
from gradcli.run.script.modules import find
from gradcli.run.script.warnings import warn

Call = tuple[tuple[Any, ...], dict[str, Any]]  # the arguments, by position and by name
_RENAMED = frozenset({
    "clip_grad_norm", "constant", "eye", "kaiming_normal", "kaiming_uniform", "normal", "uniform", "xavier_normal",
    "xavier_uniform",
})  # fmt: skip


class Noticing(TableFunction):
    """A function of the table whose calls are looked at first: `prepare` gives the arguments as they are to be."""

    __slots__ = ("prepare",)

    def __init__(self, name: str, rows: Sequence[Operation], prepare: Callable[[str, Any, Any], Call]) -> None:
        super().__init__(name, rows)
        self.prepare = prepare

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        args, keywords = self.prepare(self.__name__, args, keywords)
        return super().__call__(*args, **keywords)


def functional(name: str) -> TableFunction:
    """The function of a name as `torch.nn.functional` has it."""
    found = function(name)
    return Noticing(name, found.rows, _PREPARE[name]) if name in _PREPARE else found


def reduction(words: dict[str, Any]) -> dict[str, Any]:
    """The options of a loss, where `size_average` and `reduce` have become the `reduction` that they stand for."""
    if not ("size_average" in words or "reduce" in words):
        return words
    average, reduce = words.get("size_average"), words.get("reduce")
    rest = {name: value for name, value in words.items() if name not in ("size_average", "reduce")}
    if average is None and reduce is None:
        return rest
    meant = "none" if reduce is not None and not reduce else "mean" if average is None or average else "sum"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.")
    return {**rest, "reduction": meant}


def implicit_dim(input: Any, name: str) -> int:
    """The dimension of a softmax that names none."""
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return 0 if input.ndim in (0, 1, 3) else 1


def renamed(module: str, called: str) -> Callable[[str], Any]:
    """What finds the functions of a module by the names that they had before they ended in an underscore."""

    def more(name: str) -> Any:
        if name not in _RENAMED or f"{name}_" not in find(module).members:
            return None

        def call(*args: Any, **keywords: Any) -> Any:
            warn(f"`{called}.{name}` is now deprecated in favor of `{called}.{name}_`.", "FutureWarning")
            return find(module).read(f"{name}_")(*args, **keywords)

        call.__name__ = call.__qualname__ = name
        return call

    return more


def _loss(name: str, args: Any, words: Any) -> Call:
    return args, reduction(words)


def _distance(name: str, args: Any, words: Any) -> Call:
    target = words.get("target", args[1] if len(args) > 1 else None)
    if args and type(args[0]) is type(target) is Tensor and args[0].shape != target.shape:
        warn(
            f"Using a target size (torch.Size({list(target.shape)})) that is different to the input size "
            f"(torch.Size({list(args[0].shape)})). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size."
        )
    return args, reduction(words)


def _softmax(name: str, args: Any, words: Any) -> Call:
    if len(args) == 1 and type(args[0]) is Tensor and words.get("dim") is None:
        return args, {**words, "dim": implicit_dim(args[0], name)}
    return args, words


_PREPARE: dict[str, Callable[[str, Any, Any], Call]] = {
    **dict.fromkeys(("huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"), _distance),
    **dict.fromkeys(
        ("binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "nll_loss"),
        _loss,
    ),
    **dict.fromkeys(("log_softmax", "softmax", "softmin"), _softmax),
}
