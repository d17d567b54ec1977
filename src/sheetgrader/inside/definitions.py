"""Imports what a script defines without what it does, for scripts that were not meant to be imported."""

from __future__ import annotations

import ast
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Final

_DEFINING: Final = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)


def import_definitions(path: str, name: str) -> ModuleType:
    """Return a module with the imports, functions, classes and variables of a script.

    Calls and loops outside of functions are left out; a variable whose value cannot be had without them stays
    undefined.

    Args:
        path: the script.
        name: of the module.

    Raises:
        SyntaxError: the script is no Python.
    """
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    for statement in ast.parse(Path(path).read_bytes(), path).body:
        if isinstance(statement, _DEFINING):
            # Whatever reading a command line that is not there, or data that are not there, may raise.
            with suppress(BaseException):
                # In the sandbox.
                exec(compile(ast.Module([statement], []), path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return module
