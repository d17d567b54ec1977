"""What one sandbox may use, and the limits that the operating system sets on each of its processes."""

from __future__ import annotations

import enum
import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Room for shared libraries, and for what threads reserve without using it, which counts as address space.
_ADDRESS_SPACE_SLACK: Final = 2 << 30
_STACK_BYTES: Final = (8 << 20, 64 << 20)
_PENDING_SIGNALS: Final = 1024
#: A worker of a pool may have a thread or two beside its first one, and the pool has some by itself.
_PROCESSES_PER_CORE: Final = 4


class Isolation(enum.Enum):
    """How student code is kept apart from the machine."""

    SANDBOX = "sandbox"
    #: A plain child process: limits on what it uses, nothing that keeps it from reading and changing what its user may.
    #: Only on explicit request.
    PROCESS = "process"


@dataclass(frozen=True)
class SandboxLimits:
    """What one sandbox may use."""

    #: Private memory of the whole process tree, on top of what the warm zygote has.
    memory_bytes: int = 2 << 30
    #: Processes and threads; the kernel by itself has about a dozen threads, and a worker of a pool has up to four.
    processes: int = 256
    #: Size of the work folder, and of the folder for temporary files: a checkpoint of a ResNet-50 with its optimizer.
    disk_bytes: int = 512 << 20
    #: What processes may share: batches of images on their way from the workers of two loaders.
    shared_memory_bytes: int = 1 << 30
    #: Size of one file.
    file_bytes: int = 512 << 20
    open_files: int = 1024
    #: Processor time of one process.
    cpu_seconds: int = 600
    torch_threads: int = 1

    @property
    def folders_bytes(self) -> int:
        """What all writable folders hold together; they are in memory."""
        return 2 * self.disk_bytes + self.shared_memory_bytes

    @property
    def cores(self) -> int:
        """How many processor cores student code is told of at most: so many workers stay within the limits."""
        return max(1, self.processes // _PROCESSES_PER_CORE)


@dataclass(frozen=True)
class ProcessSize:
    """What a process has before any student code ran; limits count from here."""

    #: Mapped address space, and the part of it that is private and writable.
    address_space: int
    data: int
    #: Resident memory that belongs to no file.
    private: int

    @classmethod
    def of_this_process(cls) -> ProcessSize:
        """Measure this process."""
        page = os.sysconf("SC_PAGE_SIZE")
        fields = Path("/proc/self/statm").read_text().split()
        # The sixth field counts data and stack.
        return cls(int(fields[0]) * page, int(fields[5]) * page, private_bytes(Path("/proc/self/status").read_text()))


def private_bytes(status: str) -> int:
    """Return the memory that belongs to no file, page tables included, from the text of ``/proc/<process>/status``."""
    return sum(
        int(line.split()[1]) << 10
        for line in status.splitlines()
        if line.startswith(("RssAnon:", "RssShmem:", "VmPTE:"))
    )


def limit_resources(limits: SandboxLimits, start: ProcessSize, *, has_gpu: bool = False) -> None:
    """Set the limits that hold for each process by itself."""
    for kind, (soft, hard) in {
        resource.RLIMIT_DATA: (start.data + limits.memory_bytes,) * 2,
        # Shared mappings are no private data; as address space they count.
        resource.RLIMIT_AS: (start.address_space + limits.memory_bytes + _ADDRESS_SPACE_SLACK,) * 2,
        resource.RLIMIT_FSIZE: (limits.file_bytes,) * 2,
        resource.RLIMIT_NOFILE: (limits.open_files,) * 2,
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 1),
        resource.RLIMIT_STACK: _STACK_BYTES,
        resource.RLIMIT_SIGPENDING: (_PENDING_SIGNALS,) * 2,
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }.items():
        if has_gpu and kind == resource.RLIMIT_AS:
            # CUDA reserves far more addresses than the machine has memory.
            continue
        allowed = resource.getrlimit(kind)[1]
        if allowed != resource.RLIM_INFINITY:
            soft, hard = min(soft, allowed), min(hard, allowed)
        resource.setrlimit(kind, (soft, hard))
