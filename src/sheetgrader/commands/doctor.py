"""``sheetgrader doctor``: what this machine can isolate and run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.commands.output import Output
from sheetgrader.errors import SheetgraderError
from sheetgrader.sandbox import capabilities

if TYPE_CHECKING:
    # Importing it takes time, and only a course needs it.
    from sheetgrader.store.kept_imports import KeptImports

_LIBRARIES: Final = (
    "sheetgrader",
    "nbgrader",
    "ipykernel",
    "jupyter_client",
    "nbclient",
    "pytest",
    "numpy",
    "matplotlib",
    "scipy",
    "scikit-learn",
    "torch",
    "torchvision",
    "lightning",
)


def doctor(folder: Path | None, output: Output) -> int:
    """Try out this machine, and return the exit code: 0 where submissions can be graded safely.

    Args:
        folder: a course, of which is told what the kernels of its sheets share; none where None, or where it is none.
        output: where to tell it.

    Raises:
        IsolationError: the trials could not be run.
    """
    with output.waiting("Trying what this machine can isolate"):
        found = capabilities.examine()
    safe = capabilities.safe_level(found)
    versions = {name: _version(name) for name in _LIBRARIES}
    imports = _shared_imports(folder)
    output.document(
        {
            "safe": safe,
            "system": _system(),
            "rings": [
                {
                    "name": each.name,
                    "works": each.works,
                    "detail": each.detail,
                    "remedy": each.remedy,
                    "required": each.is_required,
                }
                for each in found
            ],
            "versions": versions,
            "shared_imports": [
                {"sheet": sheet, "modules": kept.modules, "left_out": kept.left_out} for sheet, kept in imports.items()
            ],
        }
    )
    output.say(_system())
    output.table(
        ("ring of the sandbox", "works", "what it gives, or why it does not work"),
        [(each.name, _works(each), f"{each.detail} {each.remedy}".strip()) for each in found],
    )
    output.table(("library", "version"), list(versions.items()))
    if imports:
        output.table(
            ("sheet", "imported before its kernels start", "not before, and why"),
            [
                (
                    sheet,
                    ", ".join(kept.modules) or "nothing beside what all kernels have",
                    "; ".join(f"{name}: {why}" for name, why in kept.left_out.items()),
                )
                for sheet, kept in imports.items()
            ],
        )
    if safe:
        output.say("Submissions can be graded here: student code runs locked in.", "bold green")
        return 0
    missing = ", ".join(capabilities.missing_rings(found))
    output.say(f"Student code cannot be locked in here; missing: {missing}.", "bold red")
    output.say("Change what the table names, or grade code that you trust with --isolation process.")
    return 1


def _shared_imports(folder: Path | None) -> dict[str, KeptImports]:
    """Return what was found out about each sheet's imports; this machine can be tried without a course."""
    from sheetgrader.course.directory import Course
    from sheetgrader.store.kept_imports import read_imports

    try:
        course = Course.load(folder)
        found = {name: read_imports(course.sheet(name)) for name in course.sheets()}
    except SheetgraderError:
        return {}
    return {name: kept for name, kept in found.items() if kept is not None}


def _works(capability: capabilities.Capability) -> str:
    if capability.works:
        return "yes"
    return "no" if capability.is_required else "no (optional)"


def _system() -> str:
    cores = len(os.sched_getaffinity(0))
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.release()} on {platform.machine()}, {cores}"
        " processor cores"
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
