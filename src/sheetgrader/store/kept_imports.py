"""Which modules a sheet's kernels share: found out once, and kept for as long as the sheet and the libraries are the
same.

No result depends on it, so nothing is graded again when it changes; and nothing that a group handed in is in it.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.staging import write_file
from sheetgrader.sandbox.private_root import library_folders

_MOST_BYTES: Final = 1 << 20


class KeptImports(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a sheet's imports."""

    #: Digests of the sheet's own files, and of the libraries that were installed.
    content: str
    environment: str
    #: What kernels share, in the order in which it is imported; what comes with it is not named.
    modules: tuple[str, ...] = ()
    #: What they cannot share, with the reasons.
    left_out: dict[str, str] = {}


def imports_file(sheet: Sheet) -> Path:
    """Return where the imports of ``sheet`` are kept."""
    return sheet.course.reports_folder / sheet.name / "imports.json"


def read_imports(sheet: Sheet) -> KeptImports | None:
    """Return what was found out about ``sheet`` as it is now, with the libraries of now; None where nothing was."""
    try:
        with imports_file(sheet).open("rb") as file:
            kept = msgspec.json.decode(file.read(_MOST_BYTES), type=KeptImports)
    except (OSError, msgspec.MsgspecError):
        return None
    return kept if (kept.content, kept.environment) == (_content(sheet), _environment()) else None


def keep_imports(sheet: Sheet, modules: tuple[str, ...], left_out: dict[str, str]) -> None:
    """Keep what was found out.

    Raises:
        OSError: it cannot be written.
    """
    kept = KeptImports(content=_content(sheet), environment=_environment(), modules=modules, left_out=left_out)
    write_file(imports_file(sheet), msgspec.json.format(msgspec.json.encode(kept)) + b"\n")


def imports_of_scripts(sheet: Sheet) -> Iterator[str]:
    """Yield the modules that the reference solution's scripts import by name, those beside them left out: a script runs
    in a process of its own, which nobody can ask afterwards.
    """
    files = {**sheet.source_files(), **sheet.solution_files()}
    own = {Path(path).parts[0].removesuffix(".py") for path in files}
    for path, content in files.items():
        if path.endswith(".py"):
            yield from (name for name in _imported(content) if name.partition(".")[0] not in own)


def _imported(content: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _content(sheet: Sheet) -> str:
    """Return a digest of all that runs when the reference solution is graded."""
    notebooks = {f"{name}.ipynb": path.read_bytes() for name, path in sheet.source_notebooks().items()}
    parts = (notebooks, sheet.source_files(), sheet.solution_files(), sheet.grader_files())
    return hashlib.sha256(msgspec.msgpack.encode([sorted(files.items()) for files in parts])).hexdigest()


def _environment() -> str:
    """Return a digest of the names and versions of what is installed."""
    folders = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")} | set(library_folders())
    names = sorted(path.name for folder in folders for path in folder.glob("*-info"))
    return hashlib.sha256("\n".join((sys.version, *names)).encode()).hexdigest()
