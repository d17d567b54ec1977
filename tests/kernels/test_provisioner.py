from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from sheetgrader.errors import SubmissionError
from sheetgrader.kernels.provisioner import KERNEL_NAME, install_kernel, kernel_specification
from sheetgrader.sandbox import control_group
from sheetgrader.sandbox.limits import SandboxLimits


@pytest.fixture
def kernel_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The sandboxed kernel, known to Jupyter for the length of a test."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "prefix/share/jupyter"))
    install_kernel(prefix=tmp_path / "prefix")
    return KERNEL_NAME


@pytest.fixture(autouse=True)
def signal_handlers() -> Iterator[None]:
    """nbclient takes over the signals of the process that it runs in; the tests after these want theirs back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def execute(*sources: str, folder: Path | None = None, **options: Any) -> list[list[Any]]:
    """Run cells as ``jupyter execute`` does; return the outputs of each."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    resources = {"metadata": {"path": str(folder)}} if folder else {}
    client = NotebookClient(notebook, kernel_name=KERNEL_NAME, resources=resources, timeout=60, **options)
    client.execute()
    nbformat.validate(notebook)
    return [cell.outputs for cell in notebook.cells]


def test_a_kernel_is_watched_where_no_control_group_bounds_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_group, "writable_parents", list)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "prefix/share/jupyter"))
    install_kernel(prefix=tmp_path / "prefix", limits=SandboxLimits(memory_bytes=200 << 20))
    # Each process within its own limits.
    code = (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0: break\ntaken = b'x' * (100 << 20)\ntime.sleep(50)"
    )
    with pytest.raises(DeadKernelError):
        execute(code)


@pytest.mark.usefixtures("kernel_name")
def test_nbclient_runs_a_notebook_in_the_sandbox(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "data").mkdir(parents=True)
    (work / "data" / "numbers.csv").write_text("1,2,3")
    (work / ".secret").write_text("hidden")
    (work / "link").symlink_to("/etc/hostname")
    figure, environment, files, written = execute(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "import os; print(os.getcwd(), os.getpid(), 'JUPYTER_PATH' in os.environ)",
        "from pathlib import Path; print(sorted(str(p) for p in Path().rglob('*')),"
        " Path('data/numbers.csv').read_text())",
        "Path('result.txt').write_text('42')",
        folder=work,
    )
    assert "image/png" in figure[0].data
    assert environment[0].text == "/submission/work 1 False\n"
    assert files[0].text == "['data', 'data/numbers.csv'] 1,2,3\n"
    assert written[0].data["text/plain"] == "2"
    assert not (work / "result.txt").exists()


@pytest.mark.usefixtures("kernel_name")
def test_an_error_stops_the_notebook_as_ever() -> None:
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute("1 / 0", "print('not reached')")


@pytest.mark.usefixtures("kernel_name")
def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_one_runs() -> None:
    options: dict[str, Any] = {
        "interrupt_on_timeout": True,
        "allow_errors": True,
        "timeout_func": lambda cell: 1 if "while" in cell.source else 60,
    }
    endless, after = execute("while True: pass", "print('after')", **options)
    assert endless[0].ename == "KeyboardInterrupt"
    assert after[0].text == "after\n"


@pytest.mark.usefixtures("kernel_name")
def test_a_cell_that_cannot_be_interrupted_does_not_keep_the_kernel() -> None:
    with pytest.raises(CellTimeoutError):
        execute(
            "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", timeout_func=lambda _: 1
        )


@pytest.mark.usefixtures("kernel_name")
def test_a_kernel_that_dies_is_noticed() -> None:
    with pytest.raises(DeadKernelError):
        execute("import os; os._exit(3)")


@pytest.mark.usefixtures("kernel_name")
def test_files_that_do_not_fit_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(SandboxLimits().disk_bytes + 1)
    with pytest.raises(SubmissionError, match="do not fit into the sandbox"):
        execute("pass", folder=tmp_path)


@pytest.mark.usefixtures("kernel_name")
def test_a_kernel_is_restarted_and_shut_down() -> None:
    async def use() -> None:
        manager = AsyncKernelManager(kernel_name=KERNEL_NAME)
        await manager.start_kernel()
        assert await manager.is_alive()
        provisioner: Any = manager.provisioner
        first = provisioner._kernel.process_id
        await manager.restart_kernel(now=True)
        assert await manager.is_alive()
        second = provisioner._kernel.process_id
        assert first != second
        folder = Path(manager.ip).parent
        assert folder.exists()
        await manager.shutdown_kernel()
        assert not await manager.is_alive()
        assert not folder.exists()
        for process in (first, second):
            with pytest.raises(ProcessLookupError):
                os.kill(process, 0)

    asyncio.run(use())


def test_the_specification_names_the_provisioner_and_no_command(tmp_path: Path) -> None:
    folder = install_kernel(prefix=tmp_path, limits=SandboxLimits(processes=7))
    written = json.loads((folder / "kernel.json").read_text())
    assert written["argv"] == []
    assert written["metadata"]["kernel_provisioner"]["provisioner_name"] == "sheetgrader-provisioner"
    assert written["metadata"]["kernel_provisioner"]["config"]["limits"]["processes"] == 7
    assert (
        KernelSpecManager(kernel_dirs=[str(tmp_path / "share/jupyter/kernels")]).get_kernel_spec(KERNEL_NAME).to_dict()
        == written
    )
    assert kernel_specification().metadata["kernel_provisioner"]["config"] == {}
