"""What options of the command line do about the engine's problems, which knows nothing of them."""

from __future__ import annotations

from gradcli.errors import Problem

_OPTIONS = {
    "convert it first, or leave it a constant": "bind it as a constant: -c NAME=VALUE",
    "give weights, reduce it with .sum(), or ask for the jacobian": "give weights with -w (-w ones), reduce it with .sum(), "
    "or ask for the jacobian",
    "it is made of constants, detached values or comparisons": "it is made of constants, detached values or comparisons; "
    "--no-grad prints the value alone",
    "keep the graph (retain_graph=True) in every pass but the last": "keep the graph with --retain-graph (retain_graph=True) "
    "in every pass but the last",
    "use a smaller shape, or raise the limit": "use a smaller shape, or raise the limit with --max-memory",
    "use reverse mode": "use reverse mode: --mode reverse",
}


def hint_at_options(problem: Problem) -> Problem:
    """The problem, with the option that helps in the place of the engine's own hint."""
    problem.hint = _OPTIONS.get(problem.hint or "", problem.hint)
    return problem
