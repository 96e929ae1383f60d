"""Command lines: what is read from them, that both readers agree on it, and what is said of the senseless ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcli.cli import application, fast_parser
from gradcli.cli.argv import route
from gradcli.cli.bindings import settle
from gradcli.cli.commands import COMMANDS, PROGRAM, Command
from gradcli.cli.option import READERS
from gradcli.cli.options import PER_RECORD
from gradcli.errors import EXIT_USAGE, Problem


def read(*argv: str) -> dict[str, Any]:
    """The values that an action gets for this command line, read by the quick reader."""
    command, words = route(argv)
    assert command is not None
    values = fast_parser.read(command, words)
    assert values is not None, f"the quick reader leaves {argv} to Typer"
    return settle(values)


def read_by_either(argv: Sequence[str]) -> dict[str, Any]:
    command, words = route(argv)
    assert command is not None
    return settle(fast_parser.read(command, words) or application.read(command, words))


def refused(*argv: str) -> Problem:
    """The problem that this command line ends in, whoever finds it."""
    with pytest.raises(Problem) as caught:
        read_by_either(argv)
    assert (caught.value.code, caught.value.type, caught.value.exit) == ("usage", "UsageError", EXIT_USAGE)
    assert caught.value.message
    assert caught.value.hint
    return caught.value


# ---- the words


@pytest.mark.parametrize(
    "argv",
    [
        ["x**2", "x=3", "--json"],
        ["--json", "x**2", "x=3"],
        ["x**2", "--json", "x=3"],
        ["eval", "x**2", "x=3", "--json"],
        ["--json", "eval", "x**2", "x=3"],
        ["eval", "--json", "--", "x**2", "x=3"],
        ["-e", "x**2", "x=3", "--json"],
        ["x=3", "--expr=x**2", "--format", "json"],
        ["x**2", "x=3", "--format=json"],
        ["--color", "auto", "--json", "eval", "x**2", "x=3"],
    ],
)
def test_options_may_come_before_or_after(argv: list[str]) -> None:
    values = read(*argv)
    assert (values["expr"], values["bindings"], values["json"]) == ("x**2", [("x", "3", False)], True)


@pytest.mark.parametrize("argv", [["--", "-x**2", "x=-3"], ["-e", "-x**2", "x=-3"], ["--expr=-x**2", "x=-3"]])
def test_an_expression_may_begin_with_a_minus(argv: list[str]) -> None:
    values = read(*argv)
    assert (values["expr"], values["bindings"]) == ("-x**2", [("x", "-3", False)])


@pytest.mark.parametrize("word", ["-x**2", "-3*x", "-(x)", "-[1, 2]@x", "-1", "-.5", "-y²"])
def test_what_no_option_reads_like_is_an_expression(word: str) -> None:
    assert read(word, "x=2")["expr"] == word
    assert read("eval", word, "x=2", "--json")["expr"] == word


@pytest.mark.parametrize("word", ["-x", "-w*x", "-e+x", "-h*x"])
def test_without_help_such_an_expression_is_refused(word: str) -> None:
    problem = refused(word, "x=2")
    assert "'--'" in str(problem.hint)
    assert "'-e'" in str(problem.hint)


def test_a_comparison_is_an_expression_when_it_comes_first() -> None:
    assert read("x==2", "x=2")["expr"] == "x==2"
    assert read("y = x; y*y", "x=2")["expr"] == "y = x; y*y"


def test_bindings_and_constants_keep_their_order() -> None:
    argv = ["a*x*y", "-c", "a=2", "x=a", "--const=b=x+1", "y=b", "-c", "z=1"]
    expected = [("a", "2", True), ("x", "a", False), ("b", "x+1", True), ("y", "b", False), ("z", "1", True)]
    assert read(*argv)["bindings"] == expected
    command, words = route(argv)
    assert command is not None
    assert settle(application.read(command, words))["bindings"] == expected


def test_with_an_expression_option_every_word_is_a_binding() -> None:
    assert read("x=1", "-e", "x*y", "y=2")["bindings"] == [("x", "1", False), ("y", "2", False)]


@pytest.mark.parametrize(
    ("word", "name", "text"),
    [
        ("x=-3", "x", "-3"),
        ("x= [1, 2]", "x", " [1, 2]"),
        ("x = 3", "x", " 3"),
        ("été=1", "été", "1"),
        ("x=a==b", "x", "a==b"),
        ("x=@data.csv#a=b", "x", "@data.csv#a=b"),
        ("x_1=@-", "x_1", "@-"),
    ],
)
def test_binding(word: str, name: str, text: str) -> None:
    assert read("f", word)["bindings"] == [(name, text, False)]
    assert read("f", "-c", word)["bindings"] == [(name, text, True)]


@pytest.mark.parametrize(
    "words",
    [
        ["3"],
        ["x"],
        ["x**2"],
        ["2x=3"],
        ["x+y=3"],
        ["=3"],
        ["x==2"],
        ["x="],
        ["x= "],
        ["lambda=3"],
        ["True=1"],
        ["x.y=1"],
        ["x=1", "x=2"],
        ["x=1", "-c", "x=2"],
        ["-c", "3"],
        ["-c", "x==2"],
        ["--", "-y=3"],
        ["--", "--json"],
        [""],
    ],
)
def test_words_that_bind_nothing_are_refused(words: list[str]) -> None:
    refused("x**2", *words)


def test_the_order_of_expression_and_bindings_is_explained() -> None:
    assert "the expression comes first" in str(refused("x=3", "x**2").hint)


# ---- the commands


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_s_name_can_still_be_an_expression(name: str) -> None:
    assert route([name])[0] is COMMANDS[name]
    assert read("--", name, f"{name}=2")["expr"] == name


@pytest.mark.parametrize(("word", "meant"), [("evl", "eval"), ("opps", "ops"), ("shema", "schema"), ("bach", "batch")])
def test_a_mistyped_command_gets_a_suggestion(word: str, meant: str) -> None:
    assert f"gradcli {meant}" in str(refused(word).hint)
    assert f"gradcli {meant}" in str(refused(word, "x**2", "x=3").hint)
    assert read(word, f"{word}=3")["expr"] == word
    assert read(word, "-c", f"{word} = 3")["expr"] == word
    assert read(f"{word}+1", "x=1")["expr"] == f"{word}+1"


@pytest.mark.parametrize("word", ["pi", "e", "x", "exp", "cos", "mean", "nan"])
def test_a_bare_name_far_from_any_command_is_an_expression(word: str) -> None:
    assert read(word)["expr"] == word


def test_words_that_a_command_does_not_take_are_refused() -> None:
    refused("ops", "sin", "cos")
    refused("batch", "x**2", "x=3")
    refused("batch", "-e", "x**2", "y**2")
    refused("ops", "--weights", "ones")


# ---- the options


def test_every_value_arrives() -> None:
    values = read(
        "f(x)",
        "-w",
        "ones",
        "--weights=-1",
        "-w",
        "[1, 2]",
        "-w",
        "-[3]",
        "--passes",
        "2",
        "--retain-graph",
        "--zero-grad",
        "--wrt",
        "x, y",
        "--wrt=z",
        "--retain-grad",
        "u,v",
        "--no-grad",
        "--also",
        "jacobian, hessian",
        "--dtype",
        "float32",
        "--seed",
        "-7",
        "--threads",
        "3",
        "--values",
        "--no-nodes",
        "--notes",
        "--plan",
        "--precision=6",
        "--get",
        "grads.x, out",
        "--nonfinite=null",
        "--save-grads",
        "g.npz",
        "--color",
        "never",
        "--max-memory",
        "512MiB",
        "--max-time",
        "500ms",
    )
    assert values == {
        "expr": "f(x)",
        "file": None,
        "bindings": [],
        "weights": ["ones", "-1", "[1, 2]", "-[3]"],
        "passes": 2,
        "retain_graph": True,
        "zero_grad": True,
        "wrt": ["x", "y", "z"],
        "retain_grad": ["u", "v"],
        "no_grad": True,
        "also": ["jacobian", "hessian"],
        "dtype": "float32",
        "seed": -7,
        "threads": 3,
        "values": True,
        "no_nodes": True,
        "notes": True,
        "plan": True,
        "math": False,
        "precision": 6,
        "get": ["grads.x", "out"],
        "json": True,
        "format": "text",
        "nonfinite": "null",
        "save_grads": "g.npz",
        "color": "never",
        "max_memory": 512 * 2**20,
        "max_time": 0.5,
    }


def test_what_is_not_given_has_its_default() -> None:
    assert read("x") == {
        "expr": "x",
        "file": None,
        "bindings": [],
        "weights": [],
        "passes": 1,
        "retain_graph": False,
        "zero_grad": False,
        "wrt": None,
        "retain_grad": [],
        "no_grad": False,
        "also": [],
        "dtype": "float64",
        "seed": None,
        "threads": None,
        "values": False,
        "no_nodes": False,
        "notes": False,
        "plan": False,
        "math": False,
        "precision": 4,
        "get": [],
        "json": False,
        "format": "text",
        "nonfinite": "string",
        "save_grads": None,
        "color": "auto",
        "max_memory": None,
        "max_time": None,
    }
    assert read("x", "-w", "1")["weights"] == ["1"]
    assert read("x")["weights"] == [], "a list of one command line may not reach the next"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("1e9", 10**9),
        ("2GB", 2 * 10**9),
        ("2gb", 2 * 10**9),
        ("1.5kB", 1500),
        ("4k", 4000),
        ("3 MiB", 3 * 2**20),
        ("1TiB", 2**40),
        ("7b", 7),
    ],
)
def test_size(text: str, size: int) -> None:
    assert read("x", "--max-memory", text)["max_memory"] == size


@pytest.mark.parametrize(("text", "seconds"), [("2", 2.0), ("1.5s", 1.5), ("250ms", 0.25), ("2m", 120.0), ("1h", 3600.0)])
def test_time(text: str, seconds: float) -> None:
    assert read("x", "--max-time", text)["max_time"] == seconds


@pytest.mark.parametrize(
    "words",
    [
        ["--max-memory", "2XB"],
        ["--max-memory", "GB"],
        ["--max-memory", "-1"],
        ["--max-memory", "nan"],
        ["--max-memory", "1e999"],
        ["--max-memory", ""],
        ["--max-time", "0"],
        ["--max-time", "soon"],
        ["--max-time=inf"],
        ["--passes", "0"],
        ["--passes", "-1"],
        ["--passes", "1.5"],
        ["--passes", "9" * 5000],
        ["--seed", "x"],
        ["--seed", "9" * 5000],
        ["--dtype", "float8"],
        ["--format", "xml"],
        ["--nonfinite", ""],
        ["--color", "pink"],
        ["--json=1"],
        ["-w"],
        ["--weights"],
        ["--jsn"],
        ["--no-such-option"],
        ["--no-json"],
        ["-z"],
        ["-wones"],
        ["-cx=1"],
        ["-w=1"],
        ["-w", "--json"],
        ["--seed", "-c"],
        ["-e", "--"],
        ["--wrt", "-h"],
        ["--file="],
        ["-f", ""],
    ],
)
def test_options_that_make_no_sense_are_refused(words: list[str]) -> None:
    refused("x**2", *words)


def test_a_misspelt_option_gets_a_suggestion() -> None:
    assert "--json" in str(refused("x", "--jsn").hint)
    assert "--retain-graph" in str(refused("x", "--retain_graph").hint)


def test_every_option_has_a_reader_and_a_record_key() -> None:
    options = {option for command in COMMANDS.values() for option in command.options}
    assert {option.kind for option in options} - {"flag"} <= READERS.keys()
    names = [option.name for option in PER_RECORD]
    assert {"weights", "retain_graph", "no_grad", "wrt", "values", "dtype"} <= set(names)
    assert set(PER_RECORD) <= set(COMMANDS["eval"].options)
    assert set(PER_RECORD) <= set(COMMANDS["batch"].options)


# ---- two readers, one meaning

VALUES = [
    "x",
    "x**2",
    "x=3",
    "k=-1",
    "ones",
    "-1",
    "[1, 2]",
    "-[1]",
    "float32",
    "float16",
    "json",
    "2GB",
    "1e3",
    "5",
    "0",
    "never",
    "null",
    "-x**2",
    "",
    "-",
    "--",
    "-h",
    "--help",
    "é=1",
    "a,b",
    "--jsn",
    "-q",
    "-wones",
]
SPELLINGS = sorted({spelling for command in COMMANDS.values() for spelling in command.spelt()} - {"-h", "--help"})
LONG = [spelling for spelling in SPELLINGS if spelling.startswith("--")]
ATTACHED = st.builds("{}={}".format, st.sampled_from(LONG), st.sampled_from(VALUES))
WORDS = st.sampled_from(VALUES) | st.sampled_from(SPELLINGS) | ATTACHED
PLAUSIBLE = st.sampled_from(
    [
        ["-w", "ones"],
        ["--weights=-1"],
        ["-c", "k=3"],
        ["--const=k=3"],
        ["--passes", "2"],
        ["--json"],
        ["--seed", "-3"],
        ["--wrt", "x,y"],
        ["--dtype", "float32"],
        ["--format=json"],
        ["--max-time", "2m"],
        ["x**2"],
        ["x=3"],
        ["--"],
        ["-e", "-x"],
        ["--color", "never"],
        ["--values"],
        ["y=-1"],
    ]
)
ARGVS = st.lists(WORDS, max_size=6) | st.lists(PLAUSIBLE, max_size=8).map(lambda parts: [*chain(*parts)])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), ARGVS)
def test_typer_reads_the_same(name: str, argv: list[str]) -> None:
    """What the quick reader reads, Typer reads alike; what it leaves to Typer is help or an error there."""
    try:
        values = fast_parser.read(COMMANDS[name], argv)
    except Problem:
        return
    if values is not None:
        assert application.read(COMMANDS[name], argv) == values
        return
    with pytest.raises((Problem, SystemExit)) as caught:
        application.read(COMMANDS[name], argv)
    if isinstance(caught.value, SystemExit):
        assert not caught.value.code
        assert {"-h", "--help"} & set(argv)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)  # no word of a process has a NUL


@given(st.lists(TEXT | WORDS, max_size=6))
def test_any_words_are_read_or_refused(argv: list[str]) -> None:
    try:
        command, words = route(argv)
        values = fast_parser.read(command or PROGRAM, words)
        settled = {} if values is None else settle(values)
    except Problem as problem:
        names_a_file = any(option in ("-f", "--file") and name for option, name in pairwise(argv)) or any(
            word.startswith("--file=") and word != "--file=" for word in argv
        )
        code = problem.code
        assert code in (("usage", "file") if names_a_file else ("usage",))
    else:
        assert command is None or isinstance(command, Command)
        assert isinstance(settled.get("bindings", []), list)
