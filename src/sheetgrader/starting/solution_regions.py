"""Where in a cell of code the answer stands: the bodies of its functions, between the marks that nbgrader cuts out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from sheetgrader.course.regions import Delimiters

#: What IPython reads and Python does not.
_MAGIC = re.compile(r"^[ \t]*[%!?].*$", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def parsed(source: str) -> ast.Module | None:
    """Return a cell's code with IPython's magics taken out, or None where it is no Python."""
    try:
        return ast.parse(_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def functions(module: ast.Module) -> list[Function]:
    """Return the functions that a cell defines, without methods."""
    return [node for node in module.body if isinstance(node, Function)]


def with_regions(source: str, delimiters: Delimiters) -> str:
    """Return a cell's code with marks around the body of each of its functions and methods; signatures and docstrings
    stay for students.
    """
    module = parsed(source)
    if module is None:
        return source
    lines = source.split("\n")
    for function in sorted(_outer_functions(module), key=lambda function: function.lineno, reverse=True):
        region = _region(function, lines)
        if region is not None:
            first, last = region
            indent = re.match(r"\s*", lines[first])
            space = indent[0] if indent else ""
            lines[first : last + 1] = [
                f"{space}{_as_comment(delimiters.begin)}",
                *lines[first : last + 1],
                f"{space}{_as_comment(delimiters.end)}",
            ]
    return "\n".join(lines)


def _outer_functions(module: ast.Module) -> Iterator[Function]:
    for node in module.body:
        if isinstance(node, Function):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (inner for inner in node.body if isinstance(inner, Function))


def _region(function: Function, lines: list[str]) -> tuple[int, int] | None:
    """Return the first and last line of a function's body below its docstring, counted from 0; None where there is
    none, or where it shares a line with something else.
    """
    has_docstring = ast.get_docstring(function, clean=False) is not None
    body = function.body[1:] if has_docstring else function.body
    if not body:
        return None
    decorators = getattr(body[0], "decorator_list", [])
    first = min([body[0].lineno, *(decorator.lineno for decorator in decorators)]) - 1
    last = (body[-1].end_lineno or body[-1].lineno) - 1
    above = function.body[0].end_lineno or 0 if has_docstring else function.lineno
    if first < above or lines[first][: body[0].col_offset].strip():
        return None
    # What is said about the answer belongs to it.
    while first > above and _is_comment(lines[first - 1]):
        first -= 1
    return first, last


def _as_comment(mark: str) -> str:
    return mark if mark.startswith("#") else f"### {mark}"


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")
