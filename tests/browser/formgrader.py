"""nbgrader's own formgrader, as an instructor starts it in the course directory."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def formgrader(course: Path) -> Iterator[str]:
    """Run the formgrader of a course, and give its address."""
    settings = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}}
    (course / "jupyter_server_config.json").write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(course) for kind in ("CONFIG", "RUNTIME", "DATA")}
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    with subprocess.Popen(
        [*command, "--IdentityProvider.token="],
        cwd=course,
        env={**os.environ, **folders},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for_server(f"{address}/api")
            yield f"{address}/formgrader"
        finally:
            server.terminate()


def _wait_for_server(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 # our own server
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)
