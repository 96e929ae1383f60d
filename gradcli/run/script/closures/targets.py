"""What stands left of `=`, after `for` or after `del`, as closures that store or delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.run.script import attributes
from gradcli.run.script.closures.rules import Store, expression
from gradcli.run.script.frames import Frame
from gradcli.run.script.raising import located
from gradcli.run.script.scopes import Scope
from gradcli.run.script.values import delete_item, set_item, unpacked
from gradcli.text import nodes as syntax
from gradcli.text import phrases


def store(target: Any, scope: Scope) -> Store:
    """The closure that assigns to a target."""
    if isinstance(target, syntax.Name):
        return store_name(target.id, scope)
    if isinstance(target, syntax.Attribute):
        return _store_attribute(target, scope)
    if isinstance(target, syntax.Index):
        return _store_item(target, scope)
    return _store_several(target, scope)


def store_name(name: str, scope: Scope) -> Store:
    """The closure that gives a name its value."""
    depth = 0 if scope.kind == "class" and name not in scope.globals else scope.depth_of(name)
    if depth is None:

        def put(frame: Frame, value: Any) -> None:
            frame.module[name] = value
    elif depth == 0:

        def put(frame: Frame, value: Any) -> None:
            frame.names[name] = value
    else:

        def put(frame: Frame, value: Any) -> None:
            for _ in range(depth):
                frame = frame.parent  # type: ignore[assignment]
            frame.names[name] = value

    return put


def _store_attribute(target: syntax.Attribute, scope: Scope) -> Store:
    owner, name = expression(target.object, scope), target.name

    def put(frame: Frame, value: Any) -> None:
        try:
            attributes.write(owner(frame), name, value)
        except Exception as error:
            located(error, target, frame)
            raise

    return put


def _store_item(target: syntax.Index, scope: Scope) -> Store:
    owner, key = expression(target.object, scope), expression(target.index, scope)

    def put(frame: Frame, value: Any) -> None:
        try:
            set_item(owner(frame), key(frame), value)
        except Exception as error:
            located(error, target, frame)
            raise

    return put


def _store_several(target: Any, scope: Scope) -> Store:
    places = [index for index, each in enumerate(target.items) if isinstance(each, phrases.Starred)]
    stores = [store(each.value if isinstance(each, phrases.Starred) else each, scope) for each in target.items]
    before = places[0] if places else len(stores)
    after = len(stores) - before - 1 if places else 0

    def put(frame: Frame, value: Any) -> None:
        try:
            values = unpacked(value, before, bool(places), after)
        except Exception as error:
            located(error, target, frame)
            raise
        for each, single in zip(stores, values):
            each(frame, single)

    return put


def in_turn(steps: list[Callable[[Frame], None]]) -> Callable[[Frame], None]:
    """One closure of several."""

    def run(frame: Frame) -> None:
        for step in steps:
            step(frame)

    return run


def delete(target: Any, scope: Scope) -> Callable[[Frame], None]:
    """The closure that deletes a target."""
    if isinstance(target, (syntax.Tuple, syntax.List)):
        steps = [delete(each, scope) for each in target.items]
        return in_turn(steps)
    if isinstance(target, syntax.Name):
        name, here = target.id, scope.depth_of(target.id) == 0 or scope.kind == "class"

        def forget(frame: Frame) -> None:
            names = frame.names if here else frame.module
            if name not in names:
                raise NameError(f"name '{name}' is not defined")
            del names[name]

        return forget
    owner = expression(target.object, scope)
    if isinstance(target, syntax.Attribute):
        return lambda frame: attributes.delete(owner(frame), target.name)
    key = expression(target.index, scope)
    return lambda frame: delete_item(owner(frame), key(frame))
