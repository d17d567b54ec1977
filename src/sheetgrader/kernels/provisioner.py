"""The sandboxed warm kernel for everybody else: a Jupyter kernel provisioner.

With the kernel specification that :func:`install_kernel` writes, whatever runs notebooks through jupyter_client
(nbclient, papermill, ``nbgrader autograde``) starts sandboxed kernels by naming the kernel ``sheetgrader``. All kernels
of one process are forked from one zygote.

A kernel finds the plain files of the folder that it is started in, as copies in its own work folder. Hidden files and
links stay outside, and what a notebook writes never leaves the sandbox.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import signal
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Dict, default

from sheetgrader.errors import SubmissionError
from sheetgrader.kernels.launcher import SandboxedKernel, Zygote, ZygoteConnection
from sheetgrader.kernels.memory_watch import MemoryWatch
from sheetgrader.sandbox.limits import SandboxLimits

KERNEL_NAME: Final = "sheetgrader"
#: The name under which this package's entry point offers the provisioner.
_PROVISIONER: Final = "sheetgrader-provisioner"
#: All that a kernel hears of the environment of who starts it: cells may ask whether nbgrader runs them.
_PASSED_ON: Final = ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING")
_POLL_SECONDS: Final = 0.02
_start = threading.Lock()


class SandboxProvisioner(KernelProvisionerBase):
    """Starts sandboxed warm kernels where jupyter_client would start processes."""

    limits = Dict(help="What a kernel may use, by the names of SandboxLimits; set in the kernel specification.").tag(
        config=True
    )

    _kernel: SandboxedKernel | None = None
    _watch: MemoryWatch | None = None

    @default("limits")
    def _no_limits_of_its_own(self) -> dict[str, int]:
        return {}

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel to look after."""
        return self._kernel is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Return what :meth:`launch_kernel` is given; there is no command, because nothing is executed."""
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel and return where it listens.

        Raises:
            IsolationError: this machine cannot give the sandbox.
            SubmissionError: the folder's files do not fit into the sandbox.
        """
        folder = kwargs.get("cwd")
        limits = SandboxLimits(**self.limits)
        environment = {name: value for name, value in (kwargs.get("env") or {}).items() if name in _PASSED_ON}
        self._kernel = await asyncio.to_thread(_fork, Path(folder) if folder else None, limits, environment)
        self._watch = MemoryWatch(self._kernel, limits.memory_bytes)
        self.connection_info = _connection_information(self._kernel.sockets)
        return self.connection_info

    async def poll(self) -> int | None:
        """Return what the kernel ended with, None while it runs."""
        return 0 if self._kernel is None else self._kernel.exit_status()

    async def wait(self) -> int | None:
        """Wait until the kernel has ended; return what it ended with."""
        while (status := await self.poll()) is None:
            await asyncio.sleep(_POLL_SECONDS)
        self._close()
        return status

    async def send_signal(self, signum: int) -> None:
        """Interrupt or kill the kernel, or send it any other signal."""
        if self._kernel is None:
            return
        if signum == signal.SIGKILL:
            await self.kill()
        else:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._kernel.pidfd, signum)

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002  # jupyter_client's signature
        """Kill the kernel with everything it started."""
        if self._kernel is not None:
            await asyncio.to_thread(self._kernel.kill)

    async def terminate(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002  # jupyter_client's signature
        """Kill the kernel with everything it started: the first process of a process namespace heeds no gentler
        signal.
        """
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002  # jupyter_client's signature
        """Leave nothing of the kernel behind."""
        self._close()

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None


def kernel_specification(limits: SandboxLimits | None = None) -> KernelSpec:
    """Return the specification of the sandboxed kernel.

    It names no command, so that a program that knows no provisioners starts nothing rather than a kernel without a
    sandbox.
    """
    config = {"limits": vars(limits)} if limits is not None else {}
    return KernelSpec(
        argv=[],
        display_name="Python 3 (sandboxed)",
        language="python",
        interrupt_mode="signal",
        metadata={"kernel_provisioner": {"provisioner_name": _PROVISIONER, "config": config}},
    )


def install_kernel(*, prefix: Path | None = None, limits: SandboxLimits | None = None) -> Path:
    """Make the kernel ``sheetgrader`` known to Jupyter.

    Args:
        prefix: the environment to install into, such as ``sys.prefix``; without it, the user's own folder.
        limits: what its kernels may use; without it, the default limits.

    Returns:
        The folder that was written.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kernel.json").write_text(json.dumps(kernel_specification(limits).to_dict(), indent=1))
        return Path(
            KernelSpecManager().install_kernel_spec(
                folder, KERNEL_NAME, user=prefix is None, prefix=str(prefix) if prefix else None
            )
        )


def _fork(folder: Path | None, limits: SandboxLimits, environment: Mapping[str, str]) -> SandboxedKernel:
    files = _plain_files(folder, limits.disk_bytes) if folder is not None else {}
    with _start:
        connection = _connection(os.getpid())
    return connection.fork(files=files, limits=limits, environment=environment)


@functools.cache
def _connection(process: int) -> ZygoteConnection:
    """Return the connection to the zygote of this process; a forked process is another one."""
    del process
    zygote = Zygote.start()
    atexit.register(zygote.close)
    zygote.wait_ready()
    return ZygoteConnection(zygote.address)


def _plain_files(folder: Path, limit: int) -> dict[str, bytes]:
    """Return the files below ``folder`` by relative path, without hidden ones and links.

    Raises:
        SubmissionError: together they have more than ``limit`` bytes.
    """
    files: dict[str, bytes] = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(parent, name) for name in sorted(names) if not name.startswith(".")):
            if path.is_symlink() or not path.is_file():
                continue
            limit -= path.stat().st_size
            if limit < 0:
                raise SubmissionError(
                    f"{folder}: the files beside the notebook do not fit into the sandbox; start the kernel in a folder"
                    " of its own"
                )
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def _connection_information(sockets: Mapping[str, str]) -> KernelConnectionInfo:
    path, _, _ = sockets["shell"].removeprefix("ipc://").rpartition("-")
    ports = {channel: int(address.rpartition("-")[2]) for channel, address in sockets.items()}
    return {
        "transport": "ipc",
        "ip": path,
        # Only this user can reach the sockets, and a key would have to be known inside the sandbox.
        "key": b"",  # type: ignore[typeddict-item]  # jupyter_client itself compares it with bytes
        "signature_scheme": "hmac-sha256",
        "shell_port": ports["shell"],
        "iopub_port": ports["iopub"],
        "stdin_port": ports["stdin"],
        "control_port": ports["control"],
        "hb_port": ports["hb"],
    }
