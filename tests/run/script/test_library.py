"""Python's library in scripts: its numbers, its limits, and what is copied when something is copied."""

from __future__ import annotations

import random
import time

import pytest

from gradcli.errors import Problem
from gradcli.run.limits import within
from tests.run.script.ran import ran

DRAWS = (
    "random.random()", "random.randint(1, 6)", "random.randrange(0, 100, 7)", "random.uniform(-1, 1)", "random.gauss(0, 1)",
    "random.choice('abcdef')", "random.choices([1, 2, 3], weights=[1, 2, 3], k=5)", "random.sample(range(100), 5)",
    "random.getrandbits(70)", "random.normalvariate(3, 2)", "random.expovariate(2)", "random.betavariate(1, 2)",
    "random.triangular(0, 1, 0.3)", "random.Random(7).random()", "random.Random('seed').random()",
)  # fmt: skip


@pytest.mark.parametrize("seed", [0, 42, 1.5, "'word'"])
def test_random_numbers_are_pythons(seed: object) -> None:
    random.seed(eval(str(seed)))
    expected = "".join([f"{eval(draw)!r}\n" for draw in DRAWS])
    text = "".join([f"print(repr({draw}))\n" for draw in DRAWS])
    assert ran(f"import random\nrandom.seed({seed})\n{text}").out == expected


def test_shuffling_is_pythons() -> None:
    random.seed(3)
    items = list(range(20))
    random.shuffle(items)
    assert ran("import random\nrandom.seed(3)\nx = list(range(20))\nrandom.shuffle(x)\nprint(x)").out == f"{items}\n"


@pytest.mark.parametrize("endless", [
    "list(itertools.islice(itertools.count(), 10**12, None))",
    "next(filter(None, itertools.repeat(0)))",
    "next(itertools.filterfalse(None, itertools.repeat(1)))",
    "next(itertools.dropwhile(bool, itertools.repeat(1)))",
    "next(itertools.starmap(print, [itertools.count()]))",
    "sum(itertools.chain.from_iterable(itertools.repeat([1])))",
    "5 in itertools.cycle([1, 2])",
    "collections.deque(itertools.count(), 3)",
])  # fmt: skip
def test_what_has_no_end_ends_with_the_time(endless: str) -> None:
    begin = time.process_time()
    problem = None
    try:
        with within(0.2, None):
            problem = ran(f"import collections, itertools\n{endless}\n").problem
    except Problem as stopped:
        problem = stopped
    assert problem is not None
    assert problem.code == "limit"
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("large", [
    "collections.deque([0]) * 10**12", "itertools.product([1], repeat=10**12)", "itertools.combinations([1], 10**12)",
    "random.choices([1, 2], k=10**12)", "random.sample(range(10**13), 10**12)", "random.getrandbits(10**12)",
    "np.zeros(10**13)", "np.random.rand(10**7, 10**7)", "np.arange(10**14)", "np.linspace(0, 1, 10**13)", "np.eye(10**8)",
])  # fmt: skip
def test_what_is_too_large_is_refused_before_it_is_made(large: str) -> None:
    problem = ran(f"import collections, itertools, random\nimport numpy as np\n{large}\n").problem
    assert problem is not None
    assert problem.code == "limit"


def test_layers_are_bounded() -> None:
    problem = ran("import itertools\nx = []\nfor i in range(10**5):\n    x = itertools.chain(x)\n").problem
    assert problem is not None
    assert "maximum recursion depth exceeded" in problem.message


def test_a_copy_of_what_holds_itself_holds_itself() -> None:
    text = "import copy\nx = [1]\nx.append(x)\ny = copy.deepcopy(x)\nprint(y[1] is y, y is x)\n"
    assert ran(text).out == "True False\n"
