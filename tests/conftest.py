"""What all tests share: one warm zygote for the whole run, and submissions made from a few lines of code."""

from __future__ import annotations

# Before anything that imports the notebook libraries: it saves each run of pytest two seconds.
from sheetgrader import quick_imports as quick_imports

# isort: split
import re
import shutil
import site
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from sheetgrader.course.directory import Course
from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import GradedSubmission, GradingLimits, NotebookWork, SourceCell, WorkItem
from sheetgrader.kernels.launcher import DEFAULT_PRELOAD, Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits

from .kernel_fixtures import ask as ask
from .kernel_fixtures import kernel as kernel
from .kernel_fixtures import new_kernel as new_kernel
from .kernel_fixtures import run_python as run_python

Cells = Sequence[tuple[str, str]]


class _SheetsApart(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist ships no types
    """Keeps the tests of a file together, but lets the sheets that one file tests run side by side: each takes long."""

    def _split_scope(self, nodeid: str) -> str:
        sheet = re.match(r"tests/sheets/.*\[.*?(sheet\d)_", nodeid)
        return super()._split_scope(nodeid) + (f" {sheet[1]}" if sheet else "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return _SheetsApart(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A zygote that has imported what the sheets use."""
    with Zygote.start(preload=(*DEFAULT_PRELOAD, "torchvision")) as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="session")
def connection(zygote: Zygote) -> Iterator[ZygoteConnection]:
    """A worker's connection to the zygote."""
    connected = ZygoteConnection(zygote.address)
    yield connected
    connected.close()


def _node(grade_id: str, source: str) -> nbformat.NotebookNode:
    """Make a cell: ``…_test`` is worth a point, ``…_code`` is a solution, ``…_text`` is marked by hand, anything else
    is plain code.
    """
    kind = grade_id.rsplit("_", 1)[-1]
    if kind not in ("test", "code", "text"):
        return nbformat.v4.new_code_cell(source, id=grade_id)
    metadata: dict[str, Any] = {
        "grade": kind != "code",
        "grade_id": grade_id,
        "locked": kind == "test",
        "solution": kind != "test",
        "task": False,
        "schema_version": 3,
    }
    if metadata["grade"]:
        metadata["points"] = 1.0
    make = nbformat.v4.new_markdown_cell if kind == "text" else nbformat.v4.new_code_cell
    return make(source, id=grade_id, metadata={"nbgrader": metadata})


def _source_cell(node: nbformat.NotebookNode) -> SourceCell:
    metadata = node.metadata.nbgrader
    return SourceCell(
        grade_id=metadata.grade_id,
        cell_type=node.cell_type,
        source=node.source,
        locked=metadata.locked,
        grade=metadata.grade,
        solution=metadata.solution,
        task=False,
        max_points=metadata.get("points"),
        checksum=compute_checksum(node),
    )


@pytest.fixture
def make_item() -> Callable[..., WorkItem]:
    """Make the work item of one submission from ``(grade id, code)`` pairs and one grader file."""

    def make(
        cells: Cells,
        graders: str = "",
        *,
        reference: Cells | None = None,
        files: Mapping[str, bytes] | None = None,
        group: str = "group",
        secret: bytes = b"secret",
        memory_bytes: int = 1 << 30,
        disk_bytes: int = SandboxLimits().disk_bytes,
        marks: tuple[str, ...] = (),
        **limits: Any,
    ) -> WorkItem:
        nodes = [_node(*cell) for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=nodes)
        source_cells = tuple(_source_cell(node) for node in nodes if "nbgrader" in node.metadata)
        solution = (
            None
            if reference is None
            else nbformat.writes(nbformat.v4.new_notebook(cells=[_node(*cell) for cell in reference])).encode()
        )
        work = NotebookWork(
            name="sheet",
            submitted=nbformat.writes(notebook).encode(),
            source_cells=source_cells,
            kernelspec=None,
            reference=solution,
        )
        return WorkItem(
            sheet="sheet",
            group=group,
            notebooks=(work,),
            files=dict(files or {}),
            reference_files={},
            graders={"test_graded.py": graders.encode()} if graders else {},
            secret=secret,
            digest="digest",
            limits=GradingLimits(
                **{
                    "cell_seconds": 5.0,
                    "call_seconds": 3.0,
                    "question_seconds": 20.0,
                    "submission_seconds": 60.0,
                    **limits,
                }
            ),
            sandbox=SandboxLimits(memory_bytes=memory_bytes, disk_bytes=disk_bytes),
            isolation="sandbox",
            marks=marks,
        )

    return make


@pytest.fixture
def grade(make_item: Callable[..., WorkItem], connection: ZygoteConnection) -> Callable[..., GradedSubmission]:
    """Grade a submission made by ``make_item`` in a sandboxed kernel."""

    def run(*arguments: Any, **keywords: Any) -> GradedSubmission:
        return grade_submission(make_item(*arguments, **keywords), connection)

    return run


class CourseBuilder:
    """Writes a course directory in few words."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @staticmethod
    def plain(source: str, *, markdown: bool = False) -> NotebookNode:
        """A cell that nobody grades."""
        return new_markdown_cell(source) if markdown else new_code_cell(source)

    @staticmethod
    def answer(grade_id: str, source: str, *, points: float | None = None, markdown: bool = False) -> NotebookNode:
        """A cell for the student's answer; with points it is marked by hand."""
        roles = {"solution": True} if points is None else {"solution": True, "grade": True, "points": points}
        return _graded_cell(grade_id, source, markdown=markdown, **roles)

    @staticmethod
    def tests(grade_id: str, source: str = "", *, points: float = 1.0) -> NotebookNode:
        """A cell of autograder tests."""
        return _graded_cell(grade_id, source, grade=True, locked=True, points=points)

    @staticmethod
    def locked(grade_id: str, source: str, *, markdown: bool = False) -> NotebookNode:
        """A read-only cell."""
        return _graded_cell(grade_id, source, markdown=markdown, locked=True)

    @staticmethod
    def task(grade_id: str, source: str, *, points: float = 1.0) -> NotebookNode:
        """A manually graded task."""
        return _graded_cell(grade_id, source, markdown=True, task=True, locked=True, points=points)

    @staticmethod
    def notebook(*cells: NotebookNode) -> bytes:
        """A notebook of such cells, whose ids are their positions."""
        for position, cell in enumerate(cells):
            cell["id"] = f"cell-{position}"
        return nbformat.writes(new_notebook(cells=list(cells))).encode()

    def write(self, path: str, content: bytes | str) -> Path:
        """Write a file of the course."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def source(self, *cells: NotebookNode, sheet: str = "sheet", notebook: str = "sheet") -> Path:
        """Write a source notebook."""
        return self.write(f"source/{sheet}/{notebook}.ipynb", self.notebook(*cells))

    def submit(self, group: str, *cells: NotebookNode, sheet: str = "sheet", notebook: str = "sheet") -> Path:
        """Write a submitted notebook."""
        return self.write(f"submitted/{group}/{sheet}/{notebook}.ipynb", self.notebook(*cells))

    def load(self) -> Course:
        """Load the course as it is now."""
        return Course.load(self.root)


def _graded_cell(grade_id: str, source: str, *, markdown: bool = False, **roles: Any) -> NotebookNode:
    metadata = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
        **roles,
    }
    return (new_markdown_cell if markdown else new_code_cell)(source, metadata={"nbgrader": metadata})


@pytest.fixture
def builder(tmp_path: Path) -> CourseBuilder:
    """Writes a course into a folder of its own."""
    return CourseBuilder(tmp_path / "course")


@pytest.fixture
def example_course(tmp_path: Path) -> Path:
    """A copy of the course that nbgrader comes with."""
    root = tmp_path / "example"
    shutil.copytree(
        Path(nbgrader.__file__).parent / "docs/source/user_guide",
        root,
        ignore=shutil.ignore_patterns("*.rst", "images", "autograded", "release", "feedback"),
    )
    return root


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command as the wheel alone brings it, in an environment without this repository; libraries are those of the
    environment that the tests run in.
    """
    folder = tmp_path_factory.mktemp("installed")
    wheel_options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder)
    subprocess.run([sys.executable, "-m", "pip", "wheel", *wheel_options, Path(__file__).parents[1]], check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
    python = folder / "environment/bin/python"
    (wheel,) = folder.glob("*.whl")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    # Links to packages inside of these folders are not followed, and so the wheel is the one sheetgrader that there is.
    (own,) = (folder / "environment/lib").glob("python*/site-packages")
    own.joinpath("libraries.pth").write_text("\n".join(site.getsitepackages()))
    return python.with_name("sheetgrader")
