"""Schedules made of others: one after the other, or all at every step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from gradcli.torch.optim.lr_scheduler.base import LRScheduler


class _Composed(LRScheduler):
    """Holds schedules of one optimizer."""

    _schedulers: list[LRScheduler]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer, with the states of the schedules."""
        kept = {name: value for name, value in super().state_dict().items() if name != "_schedulers"}
        return {**kept, "_schedulers": [each.state_dict() for each in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        given = dict(state_dict)
        for own, state in zip(self._schedulers, given.pop("_schedulers")):
            own.load_state_dict(state)
        self.__dict__.update(given)


class SequentialLR(_Composed):
    """One schedule after the other: the next begins at each of the milestones."""

    def __init__(self, optimizer: Any, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1) -> None:
        if len(schedulers) < 1:
            raise ValueError(f"{type(self).__name__} expects at least one scheduler, but got no scheduler.")
        for place, each in enumerate(schedulers):
            if not hasattr(each, "optimizer"):
                raise TypeError(f"{type(self).__name__} at index {place} should have `optimizer` as its attribute.")
            if optimizer != each.optimizer:
                raise ValueError(
                    f"{type(self).__name__} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(each).__name__} at index {place} has {each.optimizer}, which is different from "
                    f"{type(optimizer).__name__}."
                )
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone "
                "points, but "
                f"got number of schedulers {len(schedulers)} and the number of milestones to be equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:  # as if none of them had begun
            group["lr"] = group["initial_lr"]
        for each in schedulers:
            each.last_epoch -= 1
        schedulers[0]._initial_step()
        self._last_lr = schedulers[0].get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """A step of the schedule whose turn it is."""
        self.last_epoch += 1
        place = bisect_right(self._milestones, self.last_epoch)
        if place > 0 and self._milestones[place - 1] == self.last_epoch:
            self._schedulers[place]._advance(0)
        else:
            self._schedulers[place].step()
        self._last_lr = self._schedulers[place].get_last_lr()


class ChainedScheduler(_Composed):
    """All schedules at every step."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Any = None) -> None:
        if len(schedulers) < 1:
            raise ValueError(f"{type(self).__name__} expects at least one scheduler to be chained, but got no scheduler.")
        self.optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        for place, each in enumerate(schedulers):
            if self.optimizer != each.optimizer:
                raise ValueError(
                    f"{type(self).__name__} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(each).__name__} at index {place} has {each.optimizer}, which is different from "
                    f"{type(self.optimizer).__name__}."
                )
        self._schedulers = [*schedulers]
        self._last_lr = self._rates()

    def step(self) -> None:  # type: ignore[override]
        """A step of each."""
        for each in self._schedulers:
            each.step()
        self._last_lr = self._rates()
