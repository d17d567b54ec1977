"""Placeholder of the limits until the sandbox lands here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxLimits:
    """What one sandbox may use."""

    #: Private memory of the whole process tree, on top of what the warm zygote has.
    memory_bytes: int = 2 << 30
    processes: int = 64
    #: Size of each writable folder.
    disk_bytes: int = 64 << 20
    #: Size of one file.
    file_bytes: int = 64 << 20
    open_files: int = 512
    cpu_seconds: int = 600
    torch_threads: int = 1
