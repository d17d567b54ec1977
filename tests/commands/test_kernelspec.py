"""``sheetgrader kernelspec install``, and the kernel with each program that it is for."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest
import websocket
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from ..conftest import CourseBuilder

BIN = Path(sys.executable).parent
#: Says where a cell runs: in a sandbox it is the first process of its own, in a folder of its own.
WHERE = "import os\nprint(os.getpid(), os.getcwd())"
SANDBOX = "1 /submission/work"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has installed the kernel."""
    folder = tmp_path_factory.mktemp("kernelspec")
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "JUPYTER_PATH": str(folder / "prefix/share/jupyter"),
        "COLUMNS": "300",
    }
    command: list[str | Path] = [BIN / "sheetgrader", "kernelspec", "install", "--prefix", folder / "prefix", "--json"]
    installed = json.loads(subprocess.run(command, env=variables, check=True, capture_output=True).stdout)
    assert installed == {"name": "sheetgrader", "folder": str(folder / "prefix/share/jupyter/kernels/sheetgrader")}
    return variables


def run(environment: dict[str, str], *command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def texts(path: Path) -> list[str]:
    """Return what the cells of a notebook have printed."""
    cells = nbformat.read(path, as_version=4).cells
    return ["".join(output.get("text", "") for output in cell.get("outputs", ())).strip() for cell in cells]


def test_jupyter_lists_it_by_its_name(environment: dict[str, str], tmp_path: Path) -> None:
    listed = json.loads(run(environment, BIN / "jupyter", "kernelspec", "list", "--json", folder=tmp_path))
    assert listed["kernelspecs"]["sheetgrader"]["spec"]["display_name"] == "Python 3 (sandboxed)"


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command: list[str | Path] = [BIN / "sheetgrader", "kernelspec", "install", "--prefix", tmp_path / "file"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "cannot be installed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nbclient_runs_a_notebook(environment: dict[str, str], tmp_path: Path) -> None:
    nbformat.write(new_notebook(cells=[new_code_cell(WHERE)]), tmp_path / "a.ipynb")
    run(environment, BIN / "jupyter", "execute", "--inplace", "--kernel_name=sheetgrader", "a.ipynb", folder=tmp_path)
    assert texts(tmp_path / "a.ipynb") == [SANDBOX]


def test_papermill_runs_a_notebook_with_parameters(environment: dict[str, str], tmp_path: Path) -> None:
    parameters = new_code_cell("x = 1", metadata={"tags": ["parameters"]})
    # It writes the parameters in the notebook's language.
    written_with = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [parameters, new_code_cell(f"{WHERE}\nprint(x)")]
    nbformat.write(new_notebook(cells=cells, metadata=written_with), tmp_path / "a.ipynb")
    run(environment, BIN / "papermill", "-k", "sheetgrader", "-p", "x", "42", "a.ipynb", "b.ipynb", folder=tmp_path)
    assert texts(tmp_path / "b.ipynb")[-1] == f"{SANDBOX}\n42"


def test_plain_nbgrader_autograde_grades_in_it(environment: dict[str, str], tmp_path: Path) -> None:
    builder = CourseBuilder(tmp_path / "course")
    builder.write("nbgrader_config.py", "c = get_config()\n")
    asks = "import os\nassert os.getpid() == 1 and os.environ['NBGRADER_EXECUTION'] == 'autograde'"
    cells = builder.answer("ex1_code", "x = 1"), builder.tests("ex1_test", asks), builder.tests("ex2_test", "assert 0")
    for path in (builder.source(*cells), builder.submit("ada", *cells)):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["kernelspec"] = {"name": "sheetgrader", "display_name": "Python 3 (sandboxed)"}
        nbformat.write(notebook, path)
    for command in ("generate_assignment", "autograde"):
        run(environment, BIN / "nbgrader", command, "sheet", folder=builder.root)
    with closing(Gradebook(f"sqlite:///{builder.root / 'gradebook.db'}")) as gradebook:
        (notebook,) = gradebook.find_submission("sheet", "ada").notebooks
        assert {grade.name: grade.auto_score for grade in notebook.grades} == {"ex1_test": 1.0, "ex2_test": 0.0}


Ask = Callable[..., Any]


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, str, Ask]]:
    """The server that JupyterLab's page talks to: its address, its token, and a way to ask it."""
    token = secrets.token_hex(16)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "numbers.csv").write_text("1,2,3")
    port = _free_port()
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", f"--IdentityProvider.token={token}",
               f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1",
               f"--ServerApp.port={port}", "--allow-root"]  # fmt: skip
    with (
        (tmp_path / "log").open("wb") as log,
        # Without what else is installed into it, which takes seconds to import.
        subprocess.Popen(command, env={**environment, "JUPYTER_NO_CONFIG": "1"}, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_for(address, process, tmp_path / "log")

            def ask(method: str, path: str, /, **content: object) -> Any:
                headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
                body = json.dumps(content).encode() if content else None
                request = urllib.request.Request(f"{address}api/{path}", body, headers, method=method)  # noqa: S310 # ours
                with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                    text = answer.read()
                return json.loads(text) if text else None

            yield address, token, ask
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}api", timeout=10):  # noqa: S310 # ours
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def execute(server: tuple[str, str, Ask], kernel: str, code: str) -> str:
    """Return what a cell prints, or the name of its error, as JupyterLab learns of it."""
    address, token, _ = server
    channels = f"ws{address.removeprefix('http')}api/kernels/{kernel}/channels?token={token}"
    with closing(websocket.create_connection(channels, timeout=60)) as connection:
        identity = secrets.token_hex(8)
        header = {
            "msg_id": identity,
            "msg_type": "execute_request",
            "username": "",
            "session": identity,
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        connection.send(json.dumps(message))
        printed = ""
        while True:
            received = json.loads(connection.recv())
            if received["parent_header"].get("msg_id") != identity:
                continue
            if received["msg_type"] == "stream":
                printed += received["content"]["text"]
            elif received["msg_type"] == "error":
                printed += received["content"]["ename"]
            elif received["msg_type"] == "status" and received["content"]["execution_state"] == "idle":
                return printed.strip()


def test_jupyterlabs_server_starts_restarts_interrupts_and_ends_it(server: tuple[str, str, Ask]) -> None:
    ask = server[2]
    assert ask("GET", "kernelspecs")["kernelspecs"]["sheetgrader"]["spec"]["display_name"] == "Python 3 (sandboxed)"
    kernel = ask("POST", "kernels", name="sheetgrader", path="a.ipynb")["id"]
    assert execute(server, kernel, f"x = 1\n{WHERE}") == SANDBOX
    assert execute(server, kernel, "print(open('numbers.csv').read(), x)") == "1,2,3 1"
    ask("POST", f"kernels/{kernel}/restart")
    assert execute(server, kernel, "x") == "NameError"
    assert execute(server, kernel, "import socket\nsocket.create_connection(('127.0.0.1', 1))").endswith("Error")
    ask("DELETE", f"kernels/{kernel}")
    assert ask("GET", "kernels") == []
