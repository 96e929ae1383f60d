"""What Python's compiler refuses although the grammar has it: targets that take no value, misplaced statements,
parameters that clash.  One walk over the tree, without recursion; names that are declared are for `scopes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, Final, NoReturn

from gradcli.errors import Record
from gradcli.text.nodes import Attribute, Index, Keyword, List, Name, Node, String, Tuple, children
from gradcli.text.phrases import (
    Clause,
    Comprehension,
    FormattedValue,
    Lambda,
    NamedExpression,
    Parameters,
    Starred,
    Yield,
    YieldFrom,
)
from gradcli.text.statements import (
    Alias,
    AnnotatedAssign,
    Assignment,
    AugmentedAssign,
    Break,
    Class,
    Continue,
    Delete,
    ExpressionStatement,
    For,
    Function,
    Global,
    Handler,
    ImportFrom,
    Nonlocal,
    Return,
    Script,
    Try,
    While,
    WithItem,
)


class _Place(Record):
    """What is around a statement."""

    __slots__ = ("in_function", "in_loop", "at_top")
    in_function: bool
    in_loop: bool
    at_top: bool  # outside of functions and classes


_FUNCTION = _Place(True, False, False)
_CLASS = _Place(False, False, False)


def validate(script: Script) -> None:
    """Raise the Problem of the first thing in `script` that Python would refuse when it compiles it."""
    declares = False
    top = _Place(False, False, True)
    waiting = [(statement, top) for statement in reversed(_after_future(script))]
    while waiting:
        node, place = waiting.pop()
        kind = type(node)
        if check := _CHECKS.get(kind):
            check(node, place)
        declares = declares or kind in _DECLARATIONS
        inside = _inside(node, place)
        body = getattr(node, "body", None)
        waiting += [(child, inside if child is body else place) for child in reversed(children(node))]
    if declares:
        from gradcli.text.scripts.scopes import check_scopes  # most scripts do without

        check_scopes(script)


def _inside(node: Node, place: _Place) -> _Place:
    """Where the body of `node` stands."""
    if isinstance(node, Function | Lambda):
        return _FUNCTION
    if isinstance(node, Class):
        return _CLASS
    return _Place(place.in_function, True, place.at_top) if isinstance(node, While | For) else place


def _refuse(what: str, *facts: Any) -> NoReturn:
    from gradcli.text.scripts import refusals  # sentences are loaded when one is needed

    raise getattr(refusals, what)(*facts)


# ---- targets


def _check_targets(targets: Iterable[Node | None], *, alone: bool = False) -> None:
    """`alone` says that one `=` follows: a comparison may have been meant."""
    for target in targets:
        waiting = [target]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Tuple | List):
                starred = [item for item in node.items if isinstance(item, Starred)]
                if len(starred) > 1:
                    _refuse("two_stars", starred[1])
                waiting += [item.value if isinstance(item, Starred) else item for item in reversed(node.items)]
            elif isinstance(node, Name | Attribute):
                _check_name(node, node.id if isinstance(node, Name) else node.name)
            elif node is not None and not isinstance(node, Index):
                _refuse("bad_target", node, alone and node is target)


def _check_name(node: Node, name: str | None) -> None:
    if name == "__debug__":
        _refuse("debug_name", node)


def _check_deleted(node: Delete, _: _Place) -> None:
    waiting = [*reversed(node.targets)]
    while waiting:
        target = waiting.pop()
        if isinstance(target, Tuple | List):
            waiting += reversed(target.items)
        elif isinstance(target, Name | Attribute):
            _check_name(target, target.id if isinstance(target, Name) else target.name)
        elif not isinstance(target, Index):
            _refuse("not_deletable", target)


def _check_assignment(node: Assignment, _: _Place) -> None:
    _check_targets(node.targets, alone=len(node.targets) == 1)
    _check_star(node.value)


def _check_augmented(node: AugmentedAssign, _: _Place) -> None:
    if not isinstance(node.target, Name | Attribute | Index):
        _refuse("not_augmentable", node.target)
    _check_targets([node.target])
    _check_star(node.value)


def _check_annotated(node: AnnotatedAssign, _: _Place) -> None:
    if not isinstance(node.target, Name | Attribute | Index):
        _refuse("not_annotatable", node.target)
    _check_targets([node.target])
    _check_star(node.value)


def _check_for(node: For, _: _Place) -> None:
    _check_targets([node.target])
    _check_star(node.iterable)


def _check_star(value: Node | None) -> None:
    """A star unpacks among items, and nowhere else."""
    if isinstance(value, Starred):
        _refuse("lone_star", value)


def _check_value(node: Any, _: _Place) -> None:
    _check_star(node.value)


# ---- functions and imports


def _check_parameters(node: Parameters, _: _Place) -> None:
    in_order = (*node.positional, *node.plain)
    every = (*in_order, *(each for each in (node.star, *node.keyword_only, node.double_star) if each))
    names: set[str] = set()
    for each in every:
        _check_name(each, each.name)
        if each.name in names:
            _refuse("repeated_parameter", each)
        names.add(each.name)
    for before, each in pairwise(in_order):
        if before.default and not each.default:
            _refuse("default_missing", each)


def _after_future(script: Script) -> tuple[Node, ...]:
    """The statements but for `from __future__ import ...`, which comes first, after text that documents the script."""
    for at, node in enumerate(script.statements):
        if isinstance(node, ImportFrom) and _is_future(node):
            for feature in node.names:
                if feature.name not in _FEATURES:
                    _refuse("no_feature", feature)
        elif not (isinstance(node, ExpressionStatement) and isinstance(node.value, String)):
            return script.statements[at:]
    return ()


def _is_future(node: ImportFrom) -> bool:
    return node.module == "__future__" and not node.level


def _check_import(node: ImportFrom, place: _Place) -> None:
    if _is_future(node):
        _refuse("late_future", node)
    if node.names[0].name == "*" and not place.at_top:
        _refuse("star_import", node.names[0])


_FEATURES = {"annotations", "absolute_import", "barry_as_FLUFL", "division", "generators", "generator_stop",
             "nested_scopes", "print_function", "unicode_literals", "with_statement"}  # fmt: skip


# ---- statements in the wrong place


def _check_return(node: Return, place: _Place) -> None:
    if not place.in_function:
        _refuse("return_outside", node)
    _check_star(node.value)


def _check_yield(node: Yield | YieldFrom, place: _Place) -> None:
    if not place.in_function:
        _refuse("yield_outside", node)
    _check_star(node.value if isinstance(node, Yield) else None)


def _check_comprehension(node: Comprehension, _: _Place) -> None:
    """A comprehension suspends nothing; its first iterable belongs to what is around."""
    outside = node.clauses[0].iterable
    waiting: list[Node] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Yield | YieldFrom):
            _refuse("yield_in_comprehension", each, node)
        waiting += [child for child in reversed(children(each)) if child is not outside and not isinstance(child, Lambda)]


def _check_jump(node: Break | Continue, place: _Place) -> None:
    if not place.in_loop:
        _refuse("jump_outside", node)


def _check_try(node: Try, _: _Place) -> None:
    for handler in node.handlers[:-1]:
        if handler.type is None:
            _refuse("early_default", handler)


_DECLARATIONS: Final = {Global, Nonlocal, NamedExpression}
_CHECKS: Final[dict[type, Callable[[Any, _Place], None]]] = {
    Alias: lambda node, place: _check_name(node, node.rename or node.name),
    AnnotatedAssign: _check_annotated,
    Assignment: _check_assignment,
    AugmentedAssign: _check_augmented,
    Break: _check_jump,
    Class: lambda node, place: _check_name(node, node.name),
    Clause: lambda node, place: _check_targets([node.target]),
    Comprehension: _check_comprehension,
    Continue: _check_jump,
    Delete: _check_deleted,
    ExpressionStatement: _check_value,
    For: _check_for,
    FormattedValue: _check_value,
    Function: lambda node, place: _check_name(node, node.name),
    Handler: lambda node, place: _check_name(node, node.name),
    ImportFrom: _check_import,
    Keyword: lambda node, place: _check_name(node, node.name),
    NamedExpression: lambda node, place: _check_targets([node.target]),
    Parameters: _check_parameters,
    Return: _check_return,
    Try: _check_try,
    WithItem: lambda node, place: _check_targets([node.target]),
    Yield: _check_yield,
    YieldFrom: _check_yield,
}
