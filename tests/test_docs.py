"""The documentation does what it says: its commands are run, its code is tried, its tables are compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from sheetgrader.audit.example_class import read_example, submissions
from sheetgrader.course.directory import Course
from sheetgrader.course.regulations import read_regulations
from sheetgrader.course.settings import Sheetgrader
from sheetgrader.grading.collection import collect
from sheetgrader.intake.teams import members_in_notebook
from sheetgrader.store.generation import regenerate

from .intake.hostile_archives import zip_of

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{name}.md"
        for name in (
            *(
                "getting-started",
                "containers",
                "instructors",
                "students",
                "autograder",
                "tutors",
                "nbgrader",
                "security",
            ),
            "benchmarks",
        )
    ),
]
#: Their commands are for a fresh environment, and for other systems: tests/test_getting_started.py runs the former,
#: tests/test_containers.py looks at the latter.
ELSEWHERE = ("getting-started.md", "containers.md")
SHEET = "sheet1_basics"


@dataclass(frozen=True)
class Block:
    page: str
    language: str
    text: str


def _blocks(*languages: str) -> list[Block]:
    found = []
    for page in PAGES:
        for language, text in re.findall(
            r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            found.append(Block(page.name, language, text))
    return [block for block in found if block.language in languages]


def _commands() -> list[tuple[str, str]]:
    return [
        (block.page, line.removeprefix("$ "))
        for block in _blocks("console")
        for line in block.text.splitlines()
        if line.startswith("$ ") and block.page not in ELSEWHERE
    ]


def _is_grader(block: Block) -> bool:
    return "@criterion" in block.text


def _ids(blocks: list[Block]) -> list[str]:
    return [f"{block.page}-{number}" for number, block in enumerate(blocks)]


GRADERS = [block for block in _blocks("python") if _is_grader(block)]
SETTINGS = [block for block in _blocks("python") if not _is_grader(block)]


def test_every_kind_of_block_is_tried() -> None:
    assert {block.language for block in _blocks("console", "python", "toml")} == {"console", "python", "toml"}
    assert GRADERS
    assert SETTINGS
    assert all(line.startswith("$ ") for block in _blocks("console") for line in block.text.splitlines())


@pytest.mark.parametrize("block", GRADERS, ids=_ids(GRADERS))
def test_graders_are_graders(block: Block) -> None:
    assert len(collect({"test_documented.py": block.text.encode()})) == block.text.count("@criterion")


@pytest.mark.parametrize("block", SETTINGS, ids=_ids(SETTINGS))
def test_settings_are_settings(block: Block, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{block.text}")
    settings = Course.load(tmp_path).settings
    for name, value in re.findall(r"^c\.Sheetgrader\.(\w+) = (.*)$", block.text, re.MULTILINE):
        assert getattr(settings, name) == eval(value)  # noqa: S307 # a literal of our own documentation


@pytest.mark.parametrize("block", _blocks("toml"), ids=_ids(_blocks("toml")))
def test_regulations_are_regulations(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "sheet.toml"
    path.write_text(block.text)
    assert read_regulations(path).title


def test_all_settings_are_documented_with_their_defaults() -> None:
    text = (ROOT / "docs/autograder.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", text, re.MULTILINE))
    defaults = Sheetgrader()
    names = set(Sheetgrader.class_own_traits(config=True))
    assert set(rows) == names
    # Our own.
    assert {name: eval(value) for name, value in rows.items()} == {name: getattr(defaults, name) for name in names}  # noqa: S307


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


@pytest.mark.parametrize("command", sorted({command for _, command in _commands() if command.startswith("make ")}))
def test_targets_of_make_exist(command: str) -> None:
    subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="module")
def documented_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this course with the environment in place, where two groups have handed in."""
    root = tmp_path_factory.mktemp("course")
    for name in ("source", "grader_tests", "solutions"):
        shutil.copytree(ROOT / name / SHEET, root / name / SHEET)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / ".venv").symlink_to(Path(sys.prefix))
    sheet = Course.load(root).sheet(SHEET)
    skeleton = regenerate(sheet, tmp_path_factory.mktemp("skeleton"))
    handed_in = submissions(read_example(sheet, skeleton))
    for group, kind in (("noether", "all-right"), ("gauss", "partly-right-1")):
        folder = sheet.submitted_folder(group)
        folder.mkdir(parents=True)
        (folder / f"{SHEET}.ipynb").write_bytes(handed_in[kind])
    (root / "downloads").mkdir()
    # Of a packet that was saved before anything was marked in it.
    (root / "downloads/marks-emmy.jsonl").touch()
    (root / f"downloads/{SHEET}.zip").write_bytes(_export(handed_in["empty-skeleton"]))
    return root


def _export(notebook: bytes) -> bytes:
    """Return what an LMS gives for a group that handed in on time."""
    members = members_in_notebook(notebook)
    name = "_".join(f"{member.name.split()[-1]}_{member.student_id}" for member in members)
    group = zip_of({f"{SHEET}.ipynb": notebook, "train_fashion_mnist.py": b"print('not done yet')\n"})
    return zip_of({f"{members[0].name}_5001_assignsubmission_file_/{name}.zip": group})


@pytest.mark.slow
def test_commands_run_in_the_order_they_are_read(documented_course: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # Nothing is installed for the user who runs the tests.
        "JUPYTER_DATA_DIR": str(documented_course / "jupyter"),
    }
    for page, command in _commands():
        if command.startswith("make "):
            continue
        shows_page = re.match(r"sheetgrader mark (?!.*--(packets|merge))", command)
        done = subprocess.run(
            # The marking page is there until somebody presses Ctrl-C.
            ["bash", "-c", f"timeout --signal=INT 60 {command} --no-browser --port 0" if shows_page else command],
            cwd=documented_course,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == (124 if shows_page else 0), f"{page}: {command}\n{done.stdout}\n{done.stderr}"
        assert not shows_page or "Open: http" in done.stdout
        if "--json" in command:
            json.loads(done.stdout)
    assert (documented_course / f"feedback/noether/{SHEET}/{SHEET}.html").exists()
    assert "noether" in (documented_course / "grades.csv").read_text()


def _mentioned() -> Iterator[str]:
    for page in PAGES:
        yield from re.findall(r"`sheetgrader (\w+)[^`]*`", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(set(_mentioned())))
def test_commands_that_are_mentioned_exist(name: str) -> None:
    command = Path(sys.executable).with_name("sheetgrader")
    shown = subprocess.run(
        [command, name, "--help"], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"}
    ).stdout
    for page in PAGES:
        for option in re.findall(rf"`sheetgrader {name} [^`]*`", page.read_text(encoding="utf-8")):
            for flag in re.findall(r"--[\w-]+", option):
                assert flag in shown, f"{page.name}: {option}"


def test_notebooks_of_the_course_are_named_as_documented() -> None:
    notebook = nbformat.read(ROOT / f"source/{SHEET}/{SHEET}.ipynb", as_version=4)
    kinds = {str(cell.metadata.get("nbgrader", {}).get("grade_id", "")).rpartition("_")[2] for cell in notebook.cells}
    assert {"code", "check", "test", "text"} <= kinds
