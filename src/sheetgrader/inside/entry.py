"""Where a process inside the sandbox begins: run by an isolated interpreter, ``python -I entry.py <role> <arguments>``.

The package's own ``__init__`` would bring in the grading side, so a bare package takes its place, through which nothing
else is imported by chance.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path


def _bring_in_these_rooms_alone() -> None:
    package = types.ModuleType("sheetgrader")
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules[package.__name__] = package


if __name__ == "__main__":
    _bring_in_these_rooms_alone()
    role, *arguments = sys.argv[1:]
    if role == "capabilities":
        from sheetgrader.sandbox import capabilities

        capabilities.main(*arguments)
    else:
        from sheetgrader.inside import zygote

        zygote.main(role, *arguments)
