"""Evaluation of syntax trees: flattened to a list of instructions, run on a stack of values.

Neither half recurses, so an expression may be as deep as it is long.  Every instruction knows the syntax node that it
stands for: an error is raised with its place, and an observer of the tape can tell which text made which tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem
from gradcli.graph.symbolic import Unplannable, Untraceable
from gradcli.graph.tensor import Tensor
from gradcli.run.flatten import flatten
from gradcli.run.option_hints import hint_at_options
from gradcli.text import nodes as syntax


class Machine:
    """A stack of values, the user's names, and the node that is being evaluated (`current`)."""

    __slots__ = ("counter", "current", "made", "named", "stack", "variables")

    def __init__(self, variables: dict[str, Any], made: Callable[[Tensor], None], named: Callable[[Tensor, str], None]) -> None:
        self.variables = variables
        self.stack: list[Any] = []
        self.counter = 0  # the next instruction
        self.current: syntax.Node | None = None
        self.made = made  # told of every tensor that an instruction leaves on the stack
        self.named = named  # told of every tensor that is given a name

    def run(self, program: syntax.Program) -> Any:
        """The value of the last statement.  Raises Problem, with the span of the node at which it arose."""
        code = flatten(program)
        end = len(code)
        self.counter = 0
        try:
            while self.counter < end:
                action, self.current, argument = code[self.counter]
                self.counter += 1
                action(self, argument)
        except Problem as problem:
            raise self._placed(problem) from None
        except (Untraceable, Unplannable) as reason:
            reason.span = reason.span or (self.current.span if self.current is not None else None)
            raise
        except Exception as error:
            from gradcli.run.failures import understood  # only where something failed

            raise self._placed(understood(error)) from None
        return self.stack.pop()

    def _placed(self, problem: Problem) -> Problem:
        if problem.span is None and problem.source is None:
            assert self.current is not None
            problem.span = self.current.span
            hint, tensors = hint_at_options(problem).hint, self._involved()
            if problem.code == "dtype" and hint:
                from gradcli.run import dtype_hints  # only where something failed

                hint = dtype_hints.hint(hint, tensors)
            shapes = ", ".join([f"{name} has shape {list(value.shape)}" for name, value in tensors.items()])
            problem.hint = "; ".join([each for each in (hint, shapes) if each]) or None
        return problem

    def _involved(self) -> dict[str, Tensor]:
        """The named tensors that the current node works on."""
        assert self.current is not None
        found: dict[str, Tensor] = {}
        for node in (self.current, *syntax.children(self.current)):
            is_part = isinstance(node, (syntax.Attribute, syntax.Keyword, syntax.List))
            for each in syntax.children(node) if is_part else (node,):
                if isinstance(each, syntax.Name) and isinstance(value := self.variables.get(each.id), Tensor):
                    found[each.id] = value
        return found
