"""Ends a program with one sentence where there is no Linux: imported before anything that only Linux has."""

from __future__ import annotations

import sys
from typing import Final

_WAYS: Final = {
    "darwin": "run it in a container, with Docker Desktop or Podman",
    "win32": "run it in WSL 2, or in a container with Docker Desktop or Podman",
}


def sentence(platform: str) -> str:
    """Return why ``platform``, as Python calls it, is not enough, and what to do; empty where it is."""
    if platform == "linux":
        return ""
    way = _WAYS.get(platform, "run it in a container")
    return (
        f"error: student code is locked in by means that Linux has, and this is {platform}; {way}: docs/containers.md"
        " of sheetgrader says how"
    )


if said := sentence(sys.platform):
    sys.stderr.write(f"{said}\n")
    raise SystemExit(2)
