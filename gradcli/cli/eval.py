"""`gradcli eval`, and the bare `gradcli EXPR`: a request out of the values, and its result onto the streams."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.cli.options import PER_RECORD
from gradcli.errors import EXIT_OK, Problem


def act(values: dict[str, Any]) -> int:
    """Evaluate, report and save; gives the exit code.  Nothing is printed unless all of it worked."""
    if values["expr"] is None:
        raise usage("there is no expression to evaluate", "for example: gradcli 'x**2' x=3")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say), _threads(values["threads"]):
        if values["plan"]:
            streams.write_report(_planned(values))
            return EXIT_OK
        result = _result(values)
        _tell_of_commands(values)
        if values["save_grads"] is not None and all(grad is None for grad in result.grads.values()):
            raise _nothing_to_save(result)
        pieces = _rendered(result, values)
        if values["save_grads"] is not None:
            from gradcli.run.files import save_gradients

            save_gradients(values["save_grads"], result.grads, nonfinite=values["nonfinite"])
    streams.write_pieces(pieces, utf8=values["json"])
    return EXIT_OK


def _tell_of_commands(values: dict[str, Any]) -> None:
    """Who writes a matrix of derivatives as an expression may not know the command, which reports its structure."""
    called = values["expr"].lstrip().partition("(")[0]
    if called in ("jacobian", "hessian") and not values["json"]:
        streams.write_error(f"hint: 'gradcli {called} EXPR NAME=VALUE...' gives one by every leaf, and tells its structure\n")


def _nothing_to_save(result: Any) -> Problem:
    hint = "bind a leaf that the expression uses, as in x=3" if result.passes or not result.leaves else "leave out --no-grad"
    return Problem("file", "--save-grads has nothing to save: no leaf has a gradient", type="ValueError", hint=hint)


def _threads(number: int | None) -> AbstractContextManager[None]:
    """The block in which large arrays are computed on so many threads."""
    if number is None:
        return nullcontext()
    from gradcli.engine.plan import threads

    return threads(number)


def _planned(values: dict[str, Any]) -> str:
    from gradcli.run import plans

    return plans.described(_request(values, notes=False))


def _request(values: dict[str, Any], notes: bool) -> Any:
    from gradcli.run.request import Request

    settings = {option.name: values[option.name] for option in PER_RECORD}
    return Request(values["expr"], values["bindings"], stdin=_input(values), tell=streams.tell, notes=notes, **settings)


def _result(values: dict[str, Any]) -> Any:
    from gradcli.run.evaluate import answer

    if values["save_grads"] is not None:
        from gradcli.run.files import check_target

        bound = [name for name, _, is_constant in values["bindings"] if not is_constant]
        check_target(values["save_grads"], bound or ["made in the expression"])
    paths = values["get"]
    asked = _names_notes(paths) if paths else values["json"]
    request = _request(values, notes=values["notes"] or asked)
    if paths and values["save_grads"] is None and not values["retain_grad"]:
        _prune(request, paths)
    return answer(request)


def _names_notes(paths: list[str]) -> bool:
    from gradcli.report.selection import keys  # which imports json: not for one-liners

    return any(keys(path)[0] == "notes" for path in paths)


def _prune(request: Any, paths: list[str]) -> None:
    """Leave out of the backward passes what nobody is going to see."""
    from gradcli.report.selection import leaves_needed, needs_backward

    if not any(map(needs_backward, paths)):
        request.no_grad = True
        return
    leaves = leaves_needed(paths)
    bound = {name for name, _, is_constant in request.bindings if not is_constant}
    if leaves is not None and request.wrt is None and bound.issuperset(leaves):
        request.wrt = leaves


def _input(values: dict[str, Any]) -> Any:
    return streams.reader_for([*[text for _, text, _ in values["bindings"]], *values["weights"]])


def _rendered(result: Any, values: dict[str, Any]) -> Iterator[str]:
    """The report for stdout; in text, the warnings go to stderr (in JSON they are part of the document)."""
    if values["json"]:
        return _document(result, values)
    if values["nonfinite"] == "error":
        from gradcli.report import json

        json.pieces(result, "error")  # which checks the numbers before it gives the first piece
    from gradcli.report import text

    streams.write_warnings(result, values["color"])
    color = streams.color_wanted(sys.stdout, values["color"])
    report = text.render(result, color=color, width=streams.width(sys.stdout), precision=values["precision"])
    return iter([streams.fitted(report.rstrip("\n"), sys.stdout)])


def _document(result: Any, values: dict[str, Any]) -> Iterator[str]:
    from gradcli.report import json, selection

    if not values["get"]:
        return json.pieces(result, values["nonfinite"], nodes=not values["no_nodes"])
    tree = json.tree(result, values["nonfinite"])
    try:
        pieces = selection.pieces(tree, values["get"], values["get"].as_object, values["nonfinite"])
    except Problem as problem:
        raise json.with_cause(problem, result.warnings) if problem.code == "non-finite" else problem from None
    streams.write_warnings(result, values["color"])  # bare values leave them behind
    return pieces
