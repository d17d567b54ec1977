"""One worker process: connects to the zygote once, then grades what it is given."""

from __future__ import annotations

import signal

import msgspec

from sheetgrader.grading.session import References
from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.sandbox import syscalls

_connection: ZygoteConnection | None = None
_references: References | None = None


def connect(zygote_address: str) -> None:
    """Make this process a worker of the zygote that listens at ``zygote_address``."""
    global _connection, _references  # a pool's initializer has no other place to leave what its tasks need
    # Whatever becomes of the main process, it leaves no workers behind.
    syscalls.process_control(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    # Ctrl-C reaches the whole process group; the main process decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _connection = ZygoteConnection(zygote_address)
    _references = References(_connection)


def grade(item: bytes) -> bytes:
    """Grade one encoded :class:`WorkItem` and return an encoded :class:`GradedSubmission`."""
    if _connection is None:
        raise RuntimeError("this process is not connected to a zygote")
    graded: GradedSubmission = grade_submission(msgspec.msgpack.decode(item, type=WorkItem), _connection, _references)
    return msgspec.msgpack.encode(graded)
