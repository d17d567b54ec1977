"""``sheetgrader doctor``: what this machine can isolate and run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Final

from sheetgrader.commands.output import Output
from sheetgrader.sandbox import capabilities

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


def doctor(output: Output) -> int:
    """Try out this machine, and return the exit code: 0 where submissions can be graded safely.

    Raises:
        IsolationError: the trials could not be run.
    """
    with output.waiting("Trying what this machine can isolate"):
        found = capabilities.examine()
    safe = capabilities.safe_level(found)
    versions = {name: _version(name) for name in _LIBRARIES}
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
        }
    )
    output.say(_system())
    output.table(
        ("ring of the sandbox", "works", "what it gives, or why it does not work"),
        [(each.name, _works(each), f"{each.detail} {each.remedy}".strip()) for each in found],
    )
    output.table(("library", "version"), list(versions.items()))
    if safe:
        output.say("Submissions can be graded here: student code runs locked in.", "bold green")
        return 0
    missing = ", ".join(capabilities.missing_rings(found))
    output.say(f"Student code cannot be locked in here; missing: {missing}.", "bold red")
    output.say("Change what the table names, or grade code that you trust with --isolation process.")
    return 1


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
