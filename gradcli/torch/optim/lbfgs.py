"""L-BFGS: Newton's method with an estimate of the inverse Hessian from the last steps (Nocedal and Wright, chapter 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcli.torch as torch
from gradcli.torch.optim.line_search import strong_wolfe
from gradcli.torch.optim.optimizer import Optimizer


class LBFGS(Optimizer):
    """All parameters as one vector; a step evaluates the closure up to `max_eval` times."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    # --- the parameters as a vector ---------------------------------------------------------------------------------

    def _gradient(self) -> Any:
        found = [torch.zeros_like(p) if p.grad is None else p.grad.to_dense() for p in self._params]
        return torch.cat([(torch.view_as_real(each) if each.is_complex() else each).reshape(-1) for each in found])

    def _move(self, step: float, direction: Any) -> None:
        start = 0
        for p in self._params:
            p = torch.view_as_real(p) if p.is_complex() else p
            stop = start + p.numel()
            p.add_(direction[start:stop].view_as(p), alpha=step)
            start = stop

    def _put_back(self, values: list[Any]) -> None:
        for p, value in zip(self._params, values):
            p.copy_(value)

    def _evaluated(self, closure: Callable[[], Any], start: list[Any], step: float, direction: Any) -> tuple[float, Any]:
        """Loss and gradient a step away from where the parameters are, which they are put back to."""
        self._move(step, direction)
        loss = _number(closure())
        gradient = self._gradient()
        self._put_back(start)
        return loss, gradient

    # --- a step -----------------------------------------------------------------------------------------------------

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: Any) -> Any:
        """Up to `max_iter` iterations; the loss before them is given back."""
        evaluate = torch.enable_grad()(closure)
        group = self.param_groups[0]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = evaluate()
        loss = _number(first)
        evaluations = 1
        state["func_evals"] += 1
        gradient = self._gradient()
        if gradient.abs().max() <= group["tolerance_grad"]:
            return first
        rounds = 0
        while rounds < group["max_iter"]:
            rounds += 1
            state["n_iter"] += 1
            direction = self._direction(state, gradient, group["history_size"])
            state["prev_flat_grad"] = gradient.clone()
            state["prev_loss"] = loss
            rate = float(group["lr"])
            step = min(1.0, 1.0 / float(gradient.abs().sum())) * rate if state["n_iter"] == 1 else rate
            slope = gradient.dot(direction)
            state.update(d=direction, t=step)
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if group["line_search_fn"] is None:
                self._move(step, direction)
                if rounds != group["max_iter"]:
                    loss = _number(evaluate())
                    gradient = self._gradient()
                    used = 1
            elif group["line_search_fn"] == "strong_wolfe":
                start = [p.clone() for p in self._params]

                def along(t: float, start: list[Any] = start, direction: Any = direction) -> tuple[float, Any]:
                    return self._evaluated(evaluate, start, t, direction)

                loss, gradient, step, used = strong_wolfe(along, step, direction, loss, gradient, float(slope))
                self._move(step, direction)
            else:
                raise RuntimeError("only 'strong_wolfe' is supported")
            state["t"] = step
            evaluations += used
            state["func_evals"] += used
            if self._finished(group, rounds, evaluations, gradient, direction, step, loss, state["prev_loss"]):
                break
        return first

    @staticmethod
    def _finished(
        group: dict[str, Any],
        rounds: int,
        evaluations: int,
        gradient: Any,
        direction: Any,
        step: float,
        loss: float,
        before: float,
    ) -> bool:
        """Whether nothing is left to do, or nothing is left to do it with."""
        if rounds == group["max_iter"] or evaluations >= group["max_eval"]:
            return True
        if gradient.abs().max() <= group["tolerance_grad"]:
            return True
        if direction.mul(step).abs().max() <= group["tolerance_change"]:
            return True
        return bool(abs(loss - before) < group["tolerance_change"])

    def _direction(self, state: dict[str, Any], gradient: Any, history: int) -> Any:
        """Where to go: minus the estimated inverse Hessian times the gradient, by the two-loop recursion."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return gradient.neg()
        changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = gradient.sub(state["prev_flat_grad"]), state["d"].mul(state["t"])
        curvature = change.dot(step)
        if curvature > 1e-10:
            if len(changes) == history:
                for kept in (changes, steps, ro):
                    kept.pop(0)
            changes.append(change)
            steps.append(step)
            ro.append(1.0 / curvature)
            state["H_diag"] = curvature / change.dot(change)
        q = gradient.neg()
        weights = [None] * len(changes)
        state["al"] = weights
        for place in reversed(range(len(changes))):
            weights[place] = steps[place].dot(q) * ro[place]
            q.add_(changes[place], alpha=-weights[place])  # type: ignore[operator]
        direction = torch.mul(q, state["H_diag"])
        for place in range(len(changes)):
            back = changes[place].dot(direction) * ro[place]
            direction.add_(steps[place], alpha=weights[place] - back)
        return direction


def _number(loss: Any) -> float:
    return float(loss.item() if isinstance(loss, torch.Tensor) else loss)
