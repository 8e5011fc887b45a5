"""A status changes in ``states.py`` only: one table and one ``advance()`` for each life cycle."""

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.code_base import PLATFORM, Source, findings, sources

_SETTERS: Final = frozenset({"setattr", "__setattr__", "force_setattr"})


def status_changes(file: Source) -> Iterator[str]:
    """Yield changes of a status that no state table has allowed.

    A value that comes straight from ``advance...()`` has been through the table; a constructor that fills its own
    ``self.status`` changes nothing.
    """
    if file.name == "states.py":
        return
    tree = file.tree()
    births = set(own_status_in_constructors(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "status" and isinstance(node.ctx, ast.Store | ast.Del):
            if node not in births:
                yield f"{node.lineno}: assigns .status"
        elif isinstance(node, ast.Call) and _changes_status(node):
            yield f"{node.lineno}: changes status through {called_name(node)}()"


def own_status_in_constructors(tree: ast.Module) -> Iterator[ast.AST]:
    for constructor in ast.walk(tree):
        if isinstance(constructor, ast.FunctionDef) and constructor.name == "__init__":
            for node in ast.walk(constructor):
                match node:
                    case ast.Attribute(value=ast.Name(id="self"), attr="status"):
                        yield node


def _changes_status(call: ast.Call) -> bool:
    name = called_name(call)
    if name == "replace":
        return any(keyword.arg == "status" and not _is_advanced(keyword.value) for keyword in call.keywords)
    return name in _SETTERS and any(isinstance(a, ast.Constant) and a.value == "status" for a in call.args)


def _is_advanced(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and re.fullmatch(r"advance(_[a-z_]+)?", called_name(value)) is not None


def called_name(call: ast.Call) -> str:
    """Return the last part of what is called: ``replace`` for ``msgspec.structs.replace(...)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_status_changes_in_state_tables_only() -> None:
    assert findings(status_changes, sources(PLATFORM)) == []


@pytest.mark.parametrize(
    "line",
    [
        "payment.status = 'closed'",
        "payment.status: str = 'closed'",
        "a, payment.status = 1, 'closed'",
        "payment.status += 'x'",
        "class A:\n    def close(self): self.status = 'closed'",
        "class A:\n    def __init__(self, payment): payment.status = 'closed'",
        "del payment.status",
        "msgspec.structs.replace(payment, amount=1, status='closed')",
        "replace(payment, status='closed')",
        "replace(payment, status=status)",
        "replace(payment, status=compute('closed'))",
        "setattr(payment, 'status', 'closed')",
        "object.__setattr__(payment, 'status', 'closed')",
        "msgspec.structs.force_setattr(payment, 'status', 'closed')",
    ],
)
def test_the_check_sees_each_way_to_change_a_status(line: str) -> None:
    assert len(findings(status_changes, [Source("payments/close.py", line)])) == 1
    assert findings(status_changes, [Source("payments/states.py", line)]) == []


@pytest.mark.parametrize(
    "line",
    [
        "if payment.status == 'closed': ...",
        "Payment(status='created')",
        "text.replace('status', 'state')",
        "replace(payment, status=advance(payment.status, 'closed'))",
        "replace(attempt, status=states.advance_attempt(attempt.status, 'failed'))",
        "class Answer:\n    def __init__(self, status): self.status = status",
    ],
)
def test_the_check_lets_reading_creating_and_advancing_pass(line: str) -> None:
    assert findings(status_changes, [Source("payments/close.py", line)]) == []
