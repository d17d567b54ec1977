"""Kernels for tests of the sandbox, and a way to run code in them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from sheetgrader.kernels.launcher import SandboxedKernel, ZygoteConnection
from sheetgrader.sandbox import process_tree
from sheetgrader.sandbox.limits import SandboxLimits


def process_count(kernel: SandboxedKernel) -> int:
    """Return how many processes there are, the first included; 0 when it is gone."""
    return 0 if kernel.exit_status() is not None else 1 + len(process_tree.descendants(kernel.process_id))


NewKernel = Callable[..., SandboxedKernel]


@pytest.fixture(scope="session")
def ask() -> Callable[..., Any]:
    """Run code in a kernel and get back what it left in the variable ``answer``, which must be plain JSON data."""
    return _ask


def _ask(kernel: SandboxedKernel, code: str, *, seconds: float = 30) -> Any:
    session = Session(key=b"")
    # A client, not a fixture's: its messages must not meet those of an earlier question.
    with zmq.Context() as context, context.socket(zmq.DEALER) as shell:
        shell.linger = 0
        shell.connect(kernel.sockets["shell"])
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {"answer": "__import__('json').dumps(answer)"},
            "allow_stdin": False,
        }
        session.send(shell, "execute_request", content)
        poller = zmq.Poller()
        poller.register(shell, zmq.POLLIN)
        poller.register(kernel.pidfd, zmq.POLLIN)
        events = dict(poller.poll(int(1000 * seconds)))
        assert shell in events, f"no answer; the kernel ended with {kernel.exit_status()}"
        _, frames = session.feed_identities(shell.recv_multipart())
        reply = session.deserialize(frames)["content"]
    assert reply["status"] == "ok", "\n".join(reply["traceback"])
    answer = reply["user_expressions"]["answer"]
    assert answer["status"] == "ok", answer
    return json.loads(ast.literal_eval(answer["data"]["text/plain"]))


@pytest.fixture
def new_kernel(connection: ZygoteConnection) -> Iterator[NewKernel]:
    """Make kernels, given their files and limits; all are closed after the test."""
    made: list[SandboxedKernel] = []

    def new(
        files: Mapping[str, bytes] | None = None, *, environment: Mapping[str, str] | None = None, **limits: int
    ) -> SandboxedKernel:
        kernel = connection.fork(files=files or {}, limits=SandboxLimits(**limits), environment=environment or {})
        made.append(kernel)
        return kernel

    yield new
    for kernel in made:
        kernel.close()


@pytest.fixture
def kernel(new_kernel: NewKernel) -> SandboxedKernel:
    """A kernel with an empty work folder."""
    return new_kernel()


@pytest.fixture(scope="session")
def run_python() -> Callable[..., str]:
    """Run code in a fresh interpreter, which has one thread, and get back what it printed."""
    return _run_python


def _run_python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
