"""Roads out of a script that only whole scripts can try: each ends in an error of the script's, and nothing else."""

from __future__ import annotations

import pytest

from tests.run.script.ran import ran

ROADS = {
    # NumPy reads memory where an object with this attribute says.
    "a class in a script cannot define __array_interface__": "class A:\n    __slots__ = ('a', '__array_interface__')",
    "a class in a script cannot define __array_struct__": "class A:\n    __slots__ = iter(['__array_struct__'])",
    "'M' object has no attribute '__array_interface__'": (
        "class M(torch.nn.Module): pass\nM().__setattr__('__array_interface__', {})"
    ),
    "'M' object attribute '__class__' is read-only": (
        "class M(torch.nn.Module): pass\nclass A: pass\nM().__setattr__('__class__', A)"
    ),
    "'M' object attribute '__dict__' is read-only": "class M(torch.nn.Module): pass\nM().__delattr__('__dict__')",
    # What the house has written takes instances of its own class, and of no other.
    "doesn't apply to a 'Tensor' object": "StepLR.load_state_dict(torch.ones(2), {'array': 1})",
    "doesn't apply to a 'function' object": "def f(): pass\nStepLR.load_state_dict(f, {'body': 1})",
    "doesn't apply to a 'type' object": "class A: pass\ntorch.nn.Module.__dict__['__setattr__'](A, 'z', 1)",
    # Copies and dataclasses put attributes on instances by themselves.
    "'C' object attribute '__class__' is read-only": (
        "from dataclasses import dataclass\nclass A: pass\n@dataclass\nclass C:\n    __class__: int\nC(A)"
    ),
    "'D' object has no attribute '__reduce_ex__'": (
        "from dataclasses import asdict, field\nclass D:\n    __dataclass_fields__ = {'__reduce_ex__': field()}\nasdict(D())"
    ),
    "'S' object has no attribute '__reduce__'": (
        "import copy\nclass S:\n    __slots__ = ()\nS.__slots__ = ('__reduce__',)\ncopy.copy(S()).__reduce__"
    ),
    # An abstract class would hand the host's own classes to this.
    "a class in a script cannot define __subclasshook__": (
        "from abc import ABC\nclass A(ABC):\n    def __subclasshook__(cls): pass"
    ),
    # What Python's library has written stands before its own globals.
    "'partial' object has no attribute '__reduce__'": "import functools\nfunctools.partial(print).__reduce__",
    "'method' object has no attribute '__self__'": "import random\nrandom.seed.__self__",
    "module 'warnings' has no attribute 'sys'": "import warnings\nwarnings.sys",
    "type object 'partial' has no attribute '__mro__'": (
        "import functools, operator\noperator.attrgetter('__class__.__mro__')(functools.partial(print))"
    ),
    "Field names cannot start with an underscore: '__class__'": (
        "from collections import namedtuple\nnamedtuple('P', '__class__')"
    ),
    "'_lru_cache_wrapper' object has no attribute '__wrapped__'": (
        "import functools\n@functools.cache\ndef f(): pass\nf.__wrapped__"
    ),
    # NumPy reads files, and holds objects.
    "module 'numpy' has no attribute 'fromfile'": "import numpy as np\nnp.fromfile('x')",
    "data type 'O' not understood": "import numpy as np\nnp.zeros(2, dtype='O')",
    "a object cannot be given to NumPy here": "import numpy as np\nnp.array([object()])",
    "'numpy.ndarray' object has no attribute 'tofile'": "import numpy as np\nnp.ones(2).tofile('x')",
    # NumPy makes dtypes of many things.
    "argument 'dtype' must be torch.dtype, not str": "torch.ones(2).new_zeros(2, dtype='O')",
    "argument 'dtype' must be torch.dtype, not A": "class A:\n    kind = 'O'\ntorch.ones(2).to(dtype=A())",
    "only floating-point types are supported": "class A:\n    kind = 'f'\nA.kind = A()\ntorch.set_default_tensor_type(A())",
}


@pytest.mark.parametrize(("error", "script"), ROADS.items(), ids=list(ROADS.values()))
def test_no_road_leads_to_what_stands_behind_a_value(error: str, script: str) -> None:
    problem = ran(f"import torch\nfrom torch.optim.lr_scheduler import StepLR\n{script}\n").problem
    assert problem is not None
    assert error in problem.message


@pytest.mark.parametrize(("script", "message"), [
    ("class A:\n    def __repr__(self): return 1 / 0\nx = [A()]\nx + 1", "can only concatenate list"),
    ("class E(Exception):\n    def __str__(self): return 1 / 0\nraise E()", "E: <exception str() failed>"),
])  # fmt: skip
def test_an_error_is_told_where_what_tells_of_it_fails(script: str, message: str) -> None:
    problem = ran(script + "\n").problem
    assert problem is not None
    assert message in problem.message


def test_what_is_refused_before_anything_runs_has_its_place() -> None:
    problem = ran("x = 1\nclass A(metaclass=type): pass\n").problem
    assert problem is not None
    assert problem.span is not None
    assert problem.span.line == 2


def test_subclasses_may_be_announced_to_the_class_above() -> None:
    text = """
class Base:
    def __init_subclass__(cls):
        super().__init_subclass__()
        print(cls.__name__)

class Derived(Base):
    pass
"""
    assert ran(text).out == "Derived\n"


@pytest.mark.parametrize(("expression", "message"), [
    ("5 in int", "argument of type 'type' is not iterable"),
    ("iter(int)", "'type' object is not iterable"),
    ("int[1]", "type 'int' is not subscriptable"),
    ("int + 1", "unsupported operand type(s) for +: 'type' and 'int'"),
    ("any(1, 2)", "any() takes 1 positional argument but 2 were given"),
    ("print(**[('a', 1)])", "print() argument after ** must be a mapping, not list"),
    ("{**[('a', 1)]}", "'list' object is not a mapping"),
])  # fmt: skip
def test_errors_name_what_the_script_sees(expression: str, message: str) -> None:
    text = f"try:\n    {expression}\nexcept TypeError as error:\n    print(error)\n"
    found = ran(text).out
    assert found == message + "\n" or ("container" in found and "type" in found)  # as newer Pythons say it of `in`


def test_keys_are_computed_before_their_values() -> None:
    assert ran("def say(x):\n    print(x)\n    return x\n{say(1): say(2), say(3): say(4)}\n").out == "1\n2\n3\n4\n"


def test_exceptions_tell_of_no_others_than_the_scripts() -> None:
    text = """
import torch
try:
    torch.ones(2) @ torch.ones(3)
except RuntimeError as e:
    print(e.__cause__, e.__context__)
    try:
        raise ValueError from e
    except ValueError as again:
        print(again.__cause__ is e)
"""
    assert ran(text).out == "None None\nTrue\n"
