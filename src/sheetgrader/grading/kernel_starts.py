"""How grading comes by a sandboxed kernel that is ready to be talked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.client import KernelClient
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits

#: What nbgrader sets while it runs notebooks; some courses' cells look at it.
_ENVIRONMENT: Final = {"NBGRADER_EXECUTION": "autograde"}
#: On top of a value's own size, for its JSON.
_MESSAGE_OVERHEAD: Final = 16 << 20


def kernel_starter(
    connection: ZygoteConnection,
    files: Mapping[str, bytes],
    sandbox: SandboxLimits,
    limits: GradingLimits,
    clock: SubmissionClock,
) -> Callable[[], KernelClient]:
    """Return a function that starts a kernel with ``files`` in its work folder, and books the time it takes."""

    def start() -> KernelClient:
        with clock.stage("fork"):
            kernel = connection.fork(files=files, limits=sandbox, environment=_ENVIRONMENT)
            client = KernelClient(
                kernel,
                memory_bytes=sandbox.memory_bytes,
                message_bytes=limits.value_bytes + _MESSAGE_OVERHEAD,
                grace_seconds=limits.interrupt_grace_seconds,
            )
            try:
                client.wait_ready()
            except BaseException:
                client.close()
                raise
            return client

    return start
