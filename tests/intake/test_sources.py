"""What a path holds: one submission or a class, in a folder, an archive or an export."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sheetgrader.course.files import FileLimits
from sheetgrader.errors import SubmissionError, UsageError
from sheetgrader.intake import sources, zips
from sheetgrader.intake.origins import UNKNOWN
from sheetgrader.intake.sources import Expected, Source, find_deliveries

from .hostile_archives import tar_of, zip_of

EXPECTED = Expected(
    notebooks=("sheet.ipynb",),
    ignore=(".ipynb_checkpoints",),
    limits=FileLimits(total_bytes=10_000, file_bytes=5000, count=20),
    is_team_name=lambda name: name.startswith("team_"),
    timezone=ZoneInfo("Europe/Berlin"),
    sheet="sheet1",
)
NOTEBOOK = {"sheet.ipynb": b"{}"}
TIME = datetime(2023, 12, 14, 10, 0, tzinfo=UTC)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def put(path: Path, content: bytes | Mapping[str, bytes], time: datetime = TIME) -> Path:
    """Write a file, or a folder of files, last changed at ``time``."""
    if not isinstance(content, bytes):
        for name, each in content.items():
            put(path / name, each, time)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.timestamp(), time.timestamp()))
    return path


def names(source: Source) -> list[str]:
    return [delivery.name for delivery in source.deliveries]


def below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{path}": content for path, content in files.items()}


def test_one_submission_in_whatever_it_comes(tmp_path: Path, opened: ExitStack) -> None:
    files = {**NOTEBOOK, "data/points.csv": b"1"}
    inside_a_folder = below("team_a", files)
    paths = [
        put(tmp_path / "1/team_a", files),
        put(tmp_path / "2/team_a.zip", zip_of(files)),
        put(tmp_path / "3/team_a.tar.gz", tar_of(files, "w:gz")),
        put(tmp_path / "4/team_a.zip", zip_of(inside_a_folder)),
        put(tmp_path / "5/all", inside_a_folder),
        put(tmp_path / "6/team_a", below("code", files)),
    ]
    for path in paths:
        found = find_deliveries(path, EXPECTED, opened)
        (delivery,) = found.deliveries
        assert found.notes == ()
        assert "team_a" in delivery.names
        assert delivery.time == TIME
        assert delivery.read().files == files


def test_single_notebook_is_a_submission(tmp_path: Path, opened: ExitStack) -> None:
    (delivery,) = find_deliveries(put(tmp_path / "team_a.ipynb", b"{}"), EXPECTED, opened).deliveries
    assert (delivery.name, delivery.time, delivery.read().files) == ("team_a", TIME, {"team_a.ipynb": b"{}"})


def test_folder_of_a_class_has_a_delivery_for_each_group(tmp_path: Path, opened: ExitStack) -> None:
    put(tmp_path / "class/noether", NOTEBOOK)
    put(tmp_path / "class/gauss", {"answers.pdf": b"%PDF"}, TIME + timedelta(hours=1))
    put(tmp_path / "class/team_a.zip", zip_of(NOTEBOOK))
    put(tmp_path / "class/team_b.ipynb", b"{}")
    put(tmp_path / "class/list.txt", b"a list")
    (tmp_path / "class/elsewhere").symlink_to(tmp_path)
    found = find_deliveries(tmp_path / "class", EXPECTED, opened)
    by_name = {delivery.name: delivery for delivery in found.deliveries}
    assert set(by_name) == {"noether", "gauss", "team_a", "team_b"}
    assert by_name["gauss"].time == TIME + timedelta(hours=1)
    assert by_name["noether"].read().files == by_name["team_a"].read().files == NOTEBOOK
    assert [note.split(": ")[1] for note in found.notes] == [
        "elsewhere is no plain file; it was left out.",
        "list.txt belongs to no group; it was left out.",
    ]


def test_two_folders_of_which_one_has_no_notebook_are_two_groups(tmp_path: Path, opened: ExitStack) -> None:
    put(tmp_path / "class", {"gauss/answers.pdf": b"x", "noether/sheet.ipynb": b"{}"})
    assert names(find_deliveries(tmp_path / "class", EXPECTED, opened)) == ["gauss", "noether"]


def test_export_of_an_lms_is_a_class_with_the_times_of_the_lms(tmp_path: Path, opened: ExitStack) -> None:
    export = zip_of(
        {
            "Ada Lovelace_5001_assignsubmission_file_/team_a.zip": zip_of(NOTEBOOK),
            "Emmy Noether_5002_assignsubmission_file_/sheet.ipynb": b"{}",
            "Kurt Gödel_5003_assignsubmission_file_team_g.zip": zip_of(NOTEBOOK),
            "../../evil": b"x",
        }
    )
    found = find_deliveries(put(tmp_path / "export.zip", export, TIME + timedelta(days=30)), EXPECTED, opened)
    assert names(found) == [
        "Ada Lovelace_5001_assignsubmission_file_",
        "Emmy Noether_5002_assignsubmission_file_",
        "Kurt Gödel_5003_assignsubmission_file_team_g",
    ]
    # The helper writes noon into its zips, which the LMS means in its own timezone.
    assert {delivery.time for delivery in found.deliveries} == {datetime(2023, 12, 14, 11, 0, tzinfo=UTC)}
    assert list(found.deliveries[0].read().files) == ["team_a.zip"]
    assert found.deliveries[2].read().files == NOTEBOOK
    assert found.notes == ("../../evil has a path that leads out of the archive; it was left out.",)


def test_tar_of_a_class_is_read_too(tmp_path: Path, opened: ExitStack) -> None:
    path = put(tmp_path / "class.tar", tar_of({"a/sheet.ipynb": b"{}", "b/sheet.ipynb": b"{}"}))
    assert names(find_deliveries(path, EXPECTED, opened)) == ["a", "b"]


def test_times_inside_an_archive_that_a_group_packed_are_not_believed(tmp_path: Path, opened: ExitStack) -> None:
    late = TIME + timedelta(days=3)
    for content in (zip_of(NOTEBOOK), zip_of({"inner.zip": zip_of(NOTEBOOK)})):
        (delivery,) = find_deliveries(put(tmp_path / "handed-in.zip", content, late), EXPECTED, opened).deliveries
        assert delivery.time == late


def test_export_with_one_group_is_an_export(tmp_path: Path, opened: ExitStack) -> None:
    content = zip_of(below("Ada Lovelace_1_assignsubmission_file_", NOTEBOOK))
    path = put(tmp_path / "export.zip", content, TIME + timedelta(days=3))
    (delivery,) = find_deliveries(path, EXPECTED, opened).deliveries
    assert delivery.time == datetime(2023, 12, 14, 11, 0, tzinfo=UTC)
    (delivery,) = find_deliveries(path, EXPECTED, opened, alone=False).deliveries
    assert delivery.time == TIME + timedelta(days=3)


def test_archive_among_others_is_one_groups(tmp_path: Path, opened: ExitStack) -> None:
    export = {f"{name}_1_assignsubmission_file_/sheet.ipynb": b"{}" for name in ("Ada", "Emmy")}
    late = TIME + timedelta(days=3)
    path = put(tmp_path / "handed-in.zip", zip_of(export), late)
    assert len(find_deliveries(path, EXPECTED, opened).deliveries) == 2
    (delivery,) = find_deliveries(path, EXPECTED, opened, alone=False).deliveries
    assert delivery.time == late
    assert delivery.read().files == export


def test_times_that_cannot_have_been_are_none(tmp_path: Path, opened: ExitStack) -> None:
    path = put(tmp_path / "class", {"a/sheet.ipynb": b"{}", "b/sheet.ipynb": b"{}"})
    os.utime(path / "a/sheet.ipynb", (0, 0))
    os.utime(path / "b/sheet.ipynb", (4102444800, 4102444800))
    assert [delivery.time for delivery in find_deliveries(path, EXPECTED, opened).deliveries] == [None, None]


def test_what_is_too_large_in_a_class_is_that_groups_loss(tmp_path: Path, opened: ExitStack) -> None:
    path = put(tmp_path / "class.zip", zip_of({"a.zip": os.urandom(6000), "b.zip": zip_of(NOTEBOOK)}))
    first, second = find_deliveries(path, EXPECTED, opened).deliveries
    with pytest.raises(SubmissionError, match=r"a\.zip has 5\.86 KiB where one file may have 4\.88 KiB"):
        first.read()
    assert second.read().files == NOTEBOOK


def test_paths_that_hold_nothing_are_told(tmp_path: Path, opened: ExitStack) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        find_deliveries(tmp_path / "nowhere", EXPECTED, opened)
    with pytest.raises(SubmissionError, match="neither a folder nor an archive nor a notebook"):
        find_deliveries(put(tmp_path / "a.txt", b"x"), EXPECTED, opened)


def test_folder_with_too_much_in_it_is_refused(
    tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_ENTRIES", 3)
    with pytest.raises(SubmissionError, match="holds more than 3 files"):
        find_deliveries(put(tmp_path / "class", {f"{number}": b"" for number in range(4)}), EXPECTED, opened)


ADA = "Ada Lovelace_5001_assignsubmission_file_"
ZOE = "Zoe Z_5009_assignsubmission_file_"


def keys(source: Source) -> list[str]:
    return [delivery.origin.key for delivery in source.deliveries]


def test_account_or_folder_is_what_lms_and_collector_say(tmp_path: Path, opened: ExitStack) -> None:
    export = zip_of({f"all/{ADA}/team_a.zip": zip_of(NOTEBOOK), f"all/{ZOE}sheet.ipynb": b"{}"})
    assert keys(find_deliveries(put(tmp_path / "export.zip", export), EXPECTED, opened)) == [
        "account 5001",
        "account 5009",
    ]
    put(tmp_path / "class", {"noether/sheet.ipynb": b"{}", f"{ADA}/sheet.ipynb": b"{}", "team_a (1).zip": b""})
    put(tmp_path / "class/sheet1.zip", zip_of(NOTEBOOK))
    put(tmp_path / "class/sheet.ipynb", b"{}")
    found = find_deliveries(tmp_path / "class", EXPECTED, opened)
    assert set(keys(found)) == {"account 5001", "folder noether", "folder team_a", ""}
    for name in ("team_b.zip", "team_b (2).zip"):
        (delivery,) = find_deliveries(put(tmp_path / name, zip_of(NOTEBOOK)), EXPECTED, opened).deliveries
        assert delivery.origin.key == "folder team_b"
    (delivery,) = find_deliveries(put(tmp_path / "noether/code", NOTEBOOK).parent, EXPECTED, opened).deliveries
    assert delivery.origin.key == "folder noether/code"


def test_names_that_a_group_can_write_are_not_believed(tmp_path: Path, opened: ExitStack) -> None:
    forged = {f"{ADA}/sheet.ipynb": b"{}"}
    late = TIME + timedelta(days=3)
    # In its own archive or folder, among those of others.
    put(tmp_path / "class/mallory.zip", zip_of(forged), late)
    put(tmp_path / "class/noether/sheet.ipynb", b"{}")
    put(tmp_path / "class/mallory2", forged)
    found = find_deliveries(tmp_path / "class", EXPECTED, opened)
    assert sorted(keys(found)) == ["folder mallory", "folder mallory2", "folder noether"]
    # Named beside others.
    for path in ("class/mallory.zip", "class/mallory2"):
        (delivery,) = find_deliveries(tmp_path / path, EXPECTED, opened, alone=False).deliveries
        assert delivery.origin.key == f"folder {Path(path).stem}"
    several = put(tmp_path / "mallory3", {**forged, f"{ZOE}/sheet.ipynb": b"{}"})
    assert keys(find_deliveries(several, EXPECTED, opened, alone=False)) == [
        f"folder mallory3/{tidy}" for tidy in ("Ada Lovelace_5001", "Zoe Z_5009")
    ]
    # By itself, under a name that only a group's work has.
    for name, key in (("team_m", "folder team_m"), ("Mallory_6000_assignsubmission_file_x", "account 6000")):
        (delivery,) = find_deliveries(put(tmp_path / f"{name}.zip", zip_of(forged), late), EXPECTED, opened).deliveries
        assert (delivery.origin.key, delivery.time) == (key, late)
        (delivery,) = find_deliveries(put(tmp_path / name, forged), EXPECTED, opened).deliveries
        assert delivery.origin.key == key


def test_single_notebook_tells_nobody(tmp_path: Path, opened: ExitStack) -> None:
    for name in ("sheet.ipynb", "sheet (1).ipynb", "sheet1.ipynb"):
        (delivery,) = find_deliveries(put(tmp_path / name, b"{}"), EXPECTED, opened).deliveries
        assert delivery.origin == UNKNOWN
    (delivery,) = find_deliveries(put(tmp_path / "noether.ipynb", b"{}"), EXPECTED, opened).deliveries
    assert delivery.origin.key == "folder noether"


def test_notebook_beside_other_groups_work_does_not_swallow_it(tmp_path: Path, opened: ExitStack) -> None:
    put(tmp_path / "class", {"sheet.ipynb": b"{}", "team_a/sheet.ipynb": b"{}", "team_b.zip": zip_of(NOTEBOOK)})
    assert sorted(names(find_deliveries(tmp_path / "class", EXPECTED, opened))) == ["sheet", "team_a", "team_b"]


@pytest.mark.parametrize("around", ["", "all/"])
def test_group_with_countless_files_costs_no_other_its_place(
    tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    monkeypatch.setattr(sources, "MOST_ENTRIES", 100)
    late = TIME + timedelta(days=1)
    for folder in ("a", "m/inner"):
        put(tmp_path / f"class/{around}{folder}", {f"{number}.csv": b"" for number in range(300)})
        put(tmp_path / f"class/{around}{folder}", NOTEBOOK, late)
    for folder in ("b", "z"):
        put(tmp_path / f"class/{around}{folder}", NOTEBOOK)
    (tmp_path / "class/empty").mkdir()
    found = find_deliveries(tmp_path / "class", EXPECTED, opened)
    assert {delivery.name: delivery.time for delivery in found.deliveries} == {
        "a": late, "b": TIME, "m": late, "z": TIME
    }  # fmt: skip
    assert found.deliveries[1].read().files == NOTEBOOK


def test_folders_without_an_end_cost_no_other_its_place(tmp_path: Path, opened: ExitStack) -> None:
    put(tmp_path / "class", {"a/sheet.ipynb": b"{}", "z/sheet.ipynb": b"{}"})
    deep = tmp_path / "class/m"
    deep.mkdir()
    subprocess.run(["mkdir", "-p", "d/" * 1100], cwd=deep, check=True)
    try:
        put(deep / "sheet.ipynb", b"{}")
        found = find_deliveries(tmp_path / "class", EXPECTED, opened)
        assert names(found) == ["a", "m", "z"]
        handed_in = found.deliveries[1].read()
        assert handed_in.files == NOTEBOOK
        assert "nested more than 16 folders deep" in " ".join(handed_in.notes)
    finally:
        # Python's own way of removing them ends at some depth.
        subprocess.run(["rm", "-rf", deep], check=True)


def test_files_that_look_like_a_table_of_contents_are_files(tmp_path: Path, opened: ExitStack) -> None:
    # An LMS may store what is handed in as it is.
    files = {"a/sheet.ipynb": b"{}", "b/sheet.ipynb": b"{}", "m/sheet.ipynb": b"PK\x01\x02" * 100_001}
    found = find_deliveries(put(tmp_path / "export.zip", zip_of(files, zipfile.ZIP_STORED)), EXPECTED, opened)
    assert names(found) == ["a", "b", "m"]
    assert found.deliveries[0].read().files == NOTEBOOK


def test_large_export_is_counted_by_its_own_table(
    tmp_path: Path, opened: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As above 65,535 files, where a zip has another ending.
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    content = zip_of({f"{number}.zip": b"" for number in range(20)}, zipfile.ZIP_STORED)
    assert b"PK\x06\x06" in content
    path = put(tmp_path / "export.zip", content)
    assert len(find_deliveries(path, EXPECTED, opened).deliveries) == 20
    monkeypatch.setattr(zips, "MOST_ENTRIES", 19)
    with pytest.raises(SubmissionError, match="holds more than 19 files"):
        find_deliveries(path, EXPECTED, opened)
