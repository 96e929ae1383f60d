"""`gradcli fit`, `minimize` and `solve`: answers that derivatives lead to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from gradcli.cli import streams
from gradcli.cli.argv import usage
from gradcli.errors import EXIT_CANNOT, EXIT_OK, Problem


def fit(values: dict[str, Any]) -> int:
    """Least squares; gives the exit code, 1 where the search did not converge."""
    return _act("fit", "gradcli fit 'a*exp(-b*x)' --data points.csv a=1 b=0.1", values, _fit)


def minimize(values: dict[str, Any]) -> int:
    """The least (or greatest) value; gives the exit code, 1 where the search did not converge."""
    return _act("minimize", "gradcli minimize '(x - 1)**2' x=3", values, _minimize)


def solve(values: dict[str, Any]) -> int:
    """Roots; gives the exit code, 1 where none was found."""
    if values["eq"]:
        values = values | {"expr": _joined(values["eq"]), "bindings": _with_first_word(values)}
    return _act("solve", "gradcli solve 'x**3 - 2' x=1", values, _solve)


def _act(name: str, example: str, values: dict[str, Any], answer: Callable[[dict[str, Any]], tuple[Any, bool]]) -> int:
    if values["expr"] is None:
        raise usage(f"there is nothing to {name}", f"for example: {example}")
    from gradcli.run.limits import Limits

    def say(problem: Problem) -> None:
        streams.write_problem(problem, json=values["json"], color=values["color"])

    with Limits(values["max_memory"], values["max_time"]).enforce(say):
        render, converged = answer(values)
        text = render()
    (streams.write_document if values["json"] else streams.write_report)(text.rstrip("\n") + "\n")
    return EXIT_OK if converged else EXIT_CANNOT


def _request(values: dict[str, Any], expr: str, more: tuple[str, ...] = ()) -> Any:
    from gradcli.run.request import Request

    texts = [*[text for _, text, _ in values["bindings"]], *more]
    stdin = streams.reader_for([*texts, *texts] if more else texts)
    return Request(expr, values["bindings"], dtype="float64", seed=values["seed"], stdin=stdin)


def _look(values: dict[str, Any]) -> dict[str, Any]:
    """How a text report is to look."""
    return {
        "color": streams.color_wanted(sys.stdout, values["color"]),
        "width": streams.width(sys.stdout),
        "precision": values["precision"],
    }


# --- fit ------------------------------------------------------------------------------------------------------------


def _fit(values: dict[str, Any]) -> tuple[Any, bool]:
    from gradcli.run.solving import fit as solver
    from gradcli.run.solving import wording

    if _is_large(values["data"]):
        return _fit_sum(values)
    data = values["data"][0] if values["data"] else None
    request = _request(values, values["expr"], ("@-",) if data == "-" else ())
    problem = wording.fitting(
        request,
        data,
        observed=values["y"],
        sigma=values["sigma"],
        absolute=values["absolute"],
        bounds=values["bounds"],
        fixed=[name for names in values["fix"] for name in names],
        loss=values["loss"],
        logarithm=values["log"],
    )
    found = solver.fit(problem)
    if values["residuals"] is not None:
        from gradcli.run.files import save_text

        rows = zip(problem.observed, problem.observed - found.residuals, found.residuals)
        save_text(
            values["residuals"], "observed,model,residual\n" + "".join(f"{y!r},{f!r},{r!r}\n" for y, f, r in _floats(rows))
        )
    return lambda: _fit_text(found, problem.model, values) + _fit_picture(found, problem, values), found.converged


def _fit_picture(found: Any, problem: Any, values: dict[str, Any]) -> str:
    """Data and model over the one column that the model reads, where a picture is asked for."""
    if not values["plot"] or values["json"]:
        return ""
    from gradcli.cli.plot import in_terminal
    from gradcli.run.solving.curves import of_fit

    columns = [(name, value) for name, value in problem.model.constants() if value.shape == problem.observed.shape]
    read = [name for name, _ in columns]
    if len(columns) != 1:
        raise usage(f"--plot draws over one column, and the model reads {' and '.join(read) or 'none'}", "leave out --plot")
    name, column = columns[0]
    picture = of_fit(name, column, problem.observed, problem.observed - found.residuals)
    return "\n\n" + in_terminal(picture, values["color"])


_LARGE = 200_000_000  # bytes of a file, beyond which it is not taken into memory


def _is_large(data: list[str]) -> bool:
    """Whether the data are summed piece by piece: several files, large ones, and formats that only `total` reads."""
    from gradcli.run.total.chunks import ending_of, files_of, size_of

    if not data or data == ["-"]:
        return False
    files = files_of(data)
    return (
        len(files) > 1 or (size_of(files) or 0) > _LARGE or ending_of(files[0])[0] in (".parquet", ".arrow", ".ndjson", ".npy")
    )


def _fit_sum(values: dict[str, Any]) -> tuple[Any, bool]:
    """Least squares over data that do not fit into memory."""
    from gradcli.run import workers
    from gradcli.run.solving import wording
    from gradcli.run.solving.columns import assigned_name
    from gradcli.run.total import searching, total

    refused = [name for name in ("log", "residuals", "absolute", "fix", "plot") if values[name]] + ["loss"] * (
        values["loss"] != "linear"
    )
    if refused:
        raise usage(
            f"--{refused[0]} is for data that fit into memory, and here are several files or large ones",
            "leave it out, or give one table of less than 200 MB",
        )
    expr = values["expr"]
    observed = values["y"] or assigned_name(expr) or "y"
    before, semicolon, last = expr.rpartition(";")
    model = last.partition("=")[2] if assigned_name(expr) else last
    residual = f"{before}{semicolon}(({model}) - ({observed}))" + (f"/({values['sigma']})" if values["sigma"] else "")
    request = _request(values, residual)
    with workers.Workers(values["jobs"] or workers.cores()) as pool:
        function = searching.DataFunction(request, total.Journey(values["data"], pool, *[lambda _: None] * 2))
        found = searching.least_squares(function, wording.limits(values["bounds"], function, request))  # type: ignore[arg-type]
    return lambda: _fit_text(found, function, values), found.converged


def _floats(rows: Any) -> Any:
    return ([float(each) for each in row] for row in rows)


def _fit_text(found: Any, model: Any, values: dict[str, Any]) -> str:
    if values["json"]:
        from gradcli.report import solving_json

        return streams.chosen(solving_json.fit(found, model.names, values["nonfinite"]), values["get"])
    from gradcli.report import solving_text

    return solving_text.fit(found, **_look(values))


# --- minimize -------------------------------------------------------------------------------------------------------


def _minimize(values: dict[str, Any]) -> tuple[Any, bool]:
    from gradcli.run.solving import minimize as solver
    from gradcli.run.solving import sensitivity, wording

    given = values["wrt"] or []
    request = _request(values, values["expr"])
    follow, lines = _follower(values)
    if values["data"]:
        return _minimize_sum(values, request, follow)
    search = wording.search(
        request,
        greatest=values["max"],
        bounds=values["bounds"],
        subject=values["subject"],
        given=given,
        method=values["method"],
        starts=values["starts"],
        follow=follow,
    )
    found = solver.minimize(search)
    if values["trace"] is not None:
        from gradcli.run.files import save_text

        save_text(values["trace"], ",".join(["step", "value", "gradient", *found.labels]) + "\n" + "".join(lines))
    moved = sensitivity.of_minimum(request, search.objective, found, given) if given else {}
    return lambda: _minimum_text(found, moved, values), found.converged


def _minimize_sum(values: dict[str, Any], request: Any, follow: Any) -> tuple[Any, bool]:
    """The least sum over the rows of data."""
    from gradcli.run import workers
    from gradcli.run.solving import minimize as solver
    from gradcli.run.solving import wording
    from gradcli.run.total import total
    from gradcli.run.total.searching import DataFunction

    if values["subject"] or values["wrt"]:
        raise usage(
            "sums over data are minimized without --subject and --wrt", "leave them out, or sum fewer data in EXPR itself"
        )
    with workers.Workers(values["jobs"] or workers.cores()) as pool:
        function: Any = DataFunction(request, total.Journey(values["data"], pool, *[lambda _: None] * 2), values["mean"])
        bounds = wording.limits(values["bounds"], function, request)
        found = solver.minimize(
            solver.Search(function, bounds, [], values["max"], values["method"], values["starts"], values["seed"] or 0, follow)
        )
    return lambda: _minimum_text(found, {}, values), found.converged


def _follower(values: dict[str, Any]) -> tuple[Any, list[str]]:
    """What is told of each step, and the lines of the trace that it fills."""
    lines: list[str] = []
    shows = sys.stderr is not None and sys.stderr.isatty() and values["trace"] is None and not values["json"]

    def follow(step: int, vector: Any, value: float, gradient: float) -> None:
        if values["trace"] is not None:
            numbers = [value, gradient, *vector]
            lines.append(f"{step}," + ",".join([repr(float(each)) for each in numbers]) + "\n")
        if shows and step % 100 == 0:
            streams.write_error(streams.fitted(f"step {step}: value {value:.8g}, gradient {gradient:.2g}", sys.stderr) + "\n")

    return follow, lines


def _minimum_text(found: Any, moved: Any, values: dict[str, Any]) -> str:
    if values["json"]:
        from gradcli.report import solving_json

        return streams.chosen(solving_json.minimum(found, moved, values["nonfinite"]), values["get"])
    from gradcli.report import solving_text

    return solving_text.minimum(found, moved, **_look(values))


# --- solve ----------------------------------------------------------------------------------------------------------


def _with_first_word(values: dict[str, Any]) -> Any:
    """With --eq every word is a binding."""
    if values["expr"] is not None:
        raise usage("the equations are given twice", "give them either as an expression or with --eq")
    return values["bindings"]


def _joined(equations: list[str]) -> str:
    from gradcli.run.solving.wording import equation

    texts = [f"({equation(each)})" for each in equations]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _solve(values: dict[str, Any]) -> tuple[Any, bool]:
    from gradcli.run.solving import roots, sensitivity, wording
    from gradcli.run.solving.function import VectorFunction

    given = values["wrt"] or []
    expr = wording.equation(values["expr"])
    ranges = wording.brackets(values["bindings"])
    bindings = [(name, ranges[name][0] if name in ranges else text, constant) for name, text, constant in values["bindings"]]
    request = _request(values | {"bindings": bindings}, expr)
    held = [name for name, _, constant in bindings if name in given and not constant]
    function = VectorFunction(request, held, parts=True)
    if ranges:
        low, high = wording.ends(ranges, request)
        found = roots.every(function, low, high) if values["all"] else [roots.bracketed(function, low, high)]
    elif values["all"]:
        raise usage("--all searches an interval, and there is none", "give it as the unknown's value: x=0:10")
    else:
        found = [roots.solve(function)]
    moved = [sensitivity.of_root(request, function, each, given) if given else {} for each in found]
    return lambda: _roots_text(found, moved, values), bool(found) and all([each.converged for each in found])


def _roots_text(found: Any, moved: Any, values: dict[str, Any]) -> str:
    if values["json"]:
        from gradcli.report import solving_json

        return streams.chosen(
            solving_json.roots(values["expr"], found, moved, values["all"], values["nonfinite"]), values["get"]
        )
    from gradcli.report import solving_text

    return solving_text.roots(found, moved, **_look(values))
