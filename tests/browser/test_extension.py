"""The marking page in a Jupyter server that runs already, as on a JupyterHub."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

#: As a Hub's: it knows everybody by name.
_IDENTITY = """
from jupyter_server.auth.identity import IdentityProvider, User

class Hub(IdentityProvider):
    def get_user(self, handler):
        return User(username="kovalevskaya")

c.ServerApp.identity_provider_class = Hub
c.ServerApp.jpserver_extensions = {"sheetgrader.report.marking_page.extension": True}
"""


def _answer(address: str) -> Any:
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310
                return answer.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def test_marks_carry_the_hubs_names(course: Path, tmp_path: Path) -> None:
    config = tmp_path / "jupyter"
    config.mkdir()
    (config / "jupyter_server_config.py").write_text(_IDENTITY)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(config) for kind in ("CONFIG", "RUNTIME", "DATA")}
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    with subprocess.Popen(
        command,
        cwd=course,
        env={**os.environ, **folders},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            page = f"http://127.0.0.1:{port}/sheetgrader/mark/sheet"
            assert "Marking A sheet to mark" in _answer(page)
            sheet = json.loads(_answer(f"{page}/api/sheet"))
        finally:
            server.terminate()
    assert sheet["marker"] == "kovalevskaya"
    assert [question["most"] for question in sheet["questions"]] == [1.0, 0.5, 1.0]
