"""Files of at most 400 lines, functions of at most 70 lines and 5 parameters."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.architecture.code_base import SOURCES, TESTS, Source, findings, sources

FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 70
PARAMETERS_MAX: Final = 5


def long_file(file: Source) -> Iterator[str]:
    lines = len(file.text.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"1: {lines} lines"


def large_functions(file: Source) -> Iterator[str]:
    for node in ast.walk(file.tree()):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{node.lineno}: {node.name} has {lines} lines"
        parameters = parameter_count(node.args)
        if parameters > PARAMETERS_MAX:
            yield f"{node.lineno}: {node.name} has {parameters} parameters"


def parameter_count(arguments: ast.arguments) -> int:
    """Count what a caller passes: neither self and cls nor what ``*args`` and ``**kwargs`` collect."""
    positional = [*arguments.posonlyargs, *arguments.args]
    bound = bool(positional) and positional[0].arg in {"self", "cls"}
    return len(positional) - bound + len(arguments.kwonlyargs)


def test_files_stay_short() -> None:
    assert findings(long_file, sources(*SOURCES, TESTS)) == []


def test_functions_stay_short() -> None:
    assert findings(large_functions, sources(*SOURCES)) == []


def test_the_check_sees_a_long_file() -> None:
    assert findings(long_file, [Source("ok.py", "x = 1\n" * FILE_LINES_MAX)]) == []
    assert findings(long_file, [Source("bad.py", "x = 1\n" * (FILE_LINES_MAX + 1))]) == ["bad.py:1: 401 lines"]


def test_the_check_sees_a_long_function() -> None:
    body = "    x = 1\n"
    assert findings(large_functions, [Source("ok.py", "def f():\n" + body * (FUNCTION_LINES_MAX - 1))]) == []
    bad = Source("bad.py", "async def f():\n" + body * FUNCTION_LINES_MAX)
    assert findings(large_functions, [bad]) == ["bad.py:1: f has 71 lines"]


def test_the_check_counts_parameters_of_every_kind() -> None:
    fine = Source("ok.py", "class A:\n    def f(self, a, b, /, c, *, d, e, **rest): ...\n")
    assert findings(large_functions, [fine]) == []
    bad = Source("bad.py", "def f(a, b, /, c, *args, d, e, g): ...\n")
    assert findings(large_functions, [bad]) == ["bad.py:1: f has 6 parameters"]
