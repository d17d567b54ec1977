"""``sheetgrader intake`` by its command line: a class's deliveries into folders that are graded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from sheetgrader.commands.intake import intake
from sheetgrader.commands.output import Output
from sheetgrader.intake import taking_in
from sheetgrader.intake.receiving import Submission, receive
from sheetgrader.intake.sources import Delivery

from ..intake.hostile_archives import HOSTILE, tar_of, timed_zip_of, zip_of

ROOT = Path(__file__).parents[2]
SHEET = "sheet1_basics"
ADA = {"name": "Ada Lovelace", "student_id": "1234567", "email": "ada@example.org"}
ALAN = {"name": "Alan Turing", "student_id": "7654321", "email": "alan@example.org"}
EMMY = {"name": "Emmy Noether", "student_id": "1111111", "email": "emmy@example.org"}
SOFYA = {"name": "Sofya Kovalevskaya", "student_id": "2222222", "email": "sofya@example.org"}
#: A Unix time the day before the deadline.
IN_TIME = 1702490400


def run(course: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("sheetgrader"), *arguments]
    return subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of this course, in which nobody has handed in."""
    root = tmp_path / "course"
    for name in ("source", "grader_tests", "release"):
        shutil.copytree(ROOT / name / SHEET, root / name / SHEET)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def handed_in(course: Path, *members: Mapping[str, str], answer: str = "") -> dict[str, bytes]:
    """Return the files of a group that has answered the first question, perhaps."""
    notebook: Any = nbformat.read(course / f"release/{SHEET}/{SHEET}.ipynb", as_version=4)
    for cell in notebook.cells:
        match cell.metadata.get("nbgrader", {}).get("grade_id"):
            case "team":
                cell.source = f"TEAM = {list(members)}"
            case "ex1a_code" if answer:
                cell.source = answer
    return {f"{SHEET}.ipynb": nbformat.writes(notebook).encode(), "train_fashion_mnist.py": b"print('trained')\n"}


def put(path: Path, content: bytes, time: int = IN_TIME) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time, time))
    return path


def reports(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return {Path(each["source"]).name.rpartition(": ")[2]: each for each in json.loads(done.stdout)["deliveries"]}


def test_class_is_taken_in_and_graded(course: Path, tmp_path: Path) -> None:
    right = "def sigmoid(x):\n    e = np.exp(-np.abs(x))\n    return np.where(np.asarray(x) >= 0, 1, e) / (1 + e)"
    pair, other = handed_in(course, ADA, ALAN, answer=right), handed_in(course, EMMY, SOFYA)
    export = zip_of(
        {
            "Ada Lovelace_5001_assignsubmission_file_/Lovelace_1234567_Turing_7654321.zip": zip_of(pair),
            **{f"Emmy Noether_5002_assignsubmission_file_/{name}": content for name, content in other.items()},
            "Kurt Gödel_5003_assignsubmission_file_/scan.pdf": b"%PDF",
            "__MACOSX/._Ada": b"x",
        }
    )
    first = run(course, "intake", SHEET, put(tmp_path / "export.zip", export), "--json")
    assert first.returncode == 1, first.stderr
    found = reports(first)
    ada, emmy, kurt = (
        found[f"{name}_assignsubmission_file_"]
        for name in ("Ada Lovelace_5001", "Emmy Noether_5002", "Kurt Gödel_5003")
    )
    assert (ada["status"], ada["group"], ada["remarks"]) == ("taken in", "Lovelace_1234567_Turing_7654321", [])
    assert ada["members"] == [ADA, ALAN]
    assert (emmy["group"], emmy["handed_in"]) == ("Noether_1111111_Kovalevskaya_2222222", "2023-12-14T11:00:00+00:00")
    assert emmy["remarks"] == ["It is not named as asked for, Lovelace_1234567_Turing_7654321, but Emmy Noether_5002."]
    assert (kurt["status"], kurt["error"]) == (
        "not taken in",
        f"no notebook was handed in; {SHEET}.ipynb was expected.",
    )

    graded = run(course, "grade", SHEET, "--group", ada["group"], "--json")
    (group,) = json.loads(graded.stdout)["groups"]
    assert group["status"] == "graded", graded.stderr
    assert 0.25 <= group["points"] < 2
    assert (course / f"autograded/{ada['group']}/{SHEET}/timestamp.txt").read_text() == "2023-12-14 11:00:00.000000 UTC"

    again = run(course, "intake", SHEET, tmp_path / "export.zip")
    assert "0 submissions taken in; 2 unchanged; 1 not taken in; 1 with remarks." in again.stdout
    assert "Traceback" not in again.stdout + again.stderr


def test_what_keeps_the_regulations_needs_nobody(course: Path, tmp_path: Path) -> None:
    name = "Lovelace_1234567_Turing_7654321"
    path = put(tmp_path / f"{name}.tar.gz", tar_of(handed_in(course, ADA, ALAN), "w:gz"))
    done = run(course, "intake", SHEET, path)
    assert (done.returncode, done.stdout) == (0, "1 submission taken in.\n"), done.stderr
    assert (course / f"submitted/{name}/{SHEET}/{SHEET}.ipynb").is_file()


def test_later_one_replaces_and_an_older_one_needs_force(course: Path, tmp_path: Path) -> None:
    name = "Lovelace_1234567_Turing_7654321"
    for day, answer in ((2, "first = 1"), (1, "second = 2"), (3, "third = 3")):
        put(tmp_path / f"{day}/{name}.zip", zip_of(handed_in(course, ADA, ALAN, answer=answer)), IN_TIME + 3600 * day)
    here = course / f"submitted/{name}/{SHEET}/{SHEET}.ipynb"
    assert run(course, "intake", SHEET, tmp_path / f"2/{name}.zip").returncode == 0
    older = run(course, "intake", SHEET, tmp_path / f"1/{name}.zip")
    assert older.returncode == 1
    assert "1 older than what is there (--force takes them in)" in older.stdout
    assert "first = 1" in here.read_text()
    newer = run(course, "intake", SHEET, tmp_path / f"3/{name}.zip")
    assert newer.returncode == 0
    # The table folds what is long.
    assert f".{SHEET}+" in "".join(newer.stdout.split())
    assert "third = 3" in here.read_text()
    assert run(course, "intake", SHEET, tmp_path / f"1/{name}.zip", "--force").returncode == 0
    assert "second = 2" in here.read_text()
    # In one run the one that was handed in last stays, whatever the order of the paths.
    run(course, "intake", SHEET, tmp_path / f"3/{name}.zip", tmp_path / f"2/{name}.zip", "--force")
    assert "third = 3" in here.read_text()


def test_attackers_harm_neither_the_others_nor_the_disk(course: Path, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    for number, attack in enumerate(HOSTILE):
        put(folder / f"Evil_{number + 1}_Mallory_{number + 1000}{attack.ending}", attack.build(handed_in(course)))
    put(folder / "Lovelace_1234567_Turing_7654321.zip", zip_of(handed_in(course, ADA, ALAN)))
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(course)}
    done = run(course, "intake", SHEET, folder, "--json")
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    found = reports(done)
    assert len(found) == len(HOSTILE) + 1
    assert found["Lovelace_1234567_Turing_7654321.zip"]["remarks"] == []
    for number, attack in enumerate(HOSTILE):
        report = found[f"Evil_{number + 1}_Mallory_{number + 1000}{attack.ending}"]
        assert attack.sentence in " ".join([report["error"], *report["remarks"]]), attack.name
        assert (report["status"] == "not taken in") is (attack.refused or not report["folder"]), attack.name
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(course)} == before
    written = [path for path in course.rglob("*") if "Evil" in str(path) and not path.is_dir()]
    assert all(path.is_relative_to(course / "submitted") and not path.is_symlink() for path in written)
    assert {path.name for path in written} <= {
        f"{SHEET}.ipynb",
        "train_fashion_mnist.py",
        "timestamp.txt",
        ".members.json",
        "data.csv",
        "data",
        "ü.txt",
        "odd",
    }


def test_nobody_hands_in_for_others_without_force(course: Path, tmp_path: Path) -> None:
    pair, evil = handed_in(course, ADA, ALAN, answer="honest = 1"), handed_in(course, ADA, ALAN, answer="evil = 1")
    name = "Lovelace_1234567_Turing_7654321"
    ada, mallory = "Ada Lovelace_5001_assignsubmission_file_", "Ada Mallory_6000_assignsubmission_file_"
    first = put(tmp_path / "first.zip", zip_of({f"{ada}/{path}": content for path, content in pair.items()}))
    assert run(course, "intake", SHEET, first).returncode == 1, "the archive's name is not as asked for"
    here = course / f"submitted/{name}/{SHEET}/{SHEET}.ipynb"
    later = {f"{mallory}/{name}.zip": zip_of(evil), **{f"{ada}/{path}": content for path, content in pair.items()}}
    time = datetime(2023, 12, 14, 18, tzinfo=UTC)
    second = put(tmp_path / "second.zip", timed_zip_of({path: (content, time) for path, content in later.items()}))
    stopped = run(course, "intake", SHEET, second, "--json")
    report = reports(stopped)[mallory]
    assert (report["status"], report["error"]) == (
        "not taken in",
        f"Ada Mallory (account 6000) would replace what Ada Lovelace (account 5001) handed in for the group {name};"
        " if that is right, add --force.",
    )
    assert "honest = 1" in here.read_text()
    forced = run(course, "intake", SHEET, second, "--force")
    assert "It came from Ada Mallory (account 6000) and replaces what Ada Lovelace (account 5001)" in " ".join(
        forced.stdout.split()
    )
    assert "evil = 1" in here.read_text()


def test_what_nobody_expects_costs_one_and_is_written_down(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def receive_or_stumble(delivery: Delivery, *arguments: Any) -> Submission:
        if delivery.name == "Ada":
            raise ValueError("stumbled")
        return receive(delivery, *arguments)

    monkeypatch.setattr(taking_in, "receive", receive_or_stumble)
    put(tmp_path / "class/Ada.zip", zip_of(handed_in(course, ADA, ALAN)))
    put(tmp_path / "class/Emmy.zip", zip_of(handed_in(course, EMMY, SOFYA)))
    assert intake(course, SHEET, [tmp_path / "class"], Output(json=True), force=False) == 1
    ada, emmy = sorted(json.loads(capsys.readouterr().out)["deliveries"], key=lambda each: each["source"])
    log = course / ".sheetgrader/errors.log"
    assert emmy["status"] == "taken in"
    assert ada["error"].endswith(
        f"Ada.zip could not be taken in: something went wrong inside sheetgrader (ValueError);"
        f" the details are in {log}."
    )
    assert "ValueError: stumbled" in log.read_text()


def test_wrong_usage_is_one_sentence(course: Path) -> None:
    done = run(course, "intake", SHEET, "nowhere.zip")
    assert (done.returncode, done.stderr) == (2, "error: nowhere.zip cannot be read: No such file or directory\n")
    assert run(course, "intake", "sheet9", "nowhere.zip").returncode == 2
    assert run(course, "intake", SHEET).returncode == 2
    (course / "notes.txt").write_text("x")
    odd = run(course, "intake", SHEET, "notes.txt")
    assert odd.returncode == 1
    assert "notes.txt is neither a folder nor an archive nor a notebook; name what was handed in." in odd.stdout
