"""What a path holds: one submission or a class, in a folder, an archive or an export."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sheetgrader.course.files import FileLimits
from sheetgrader.errors import SubmissionError, UsageError
from sheetgrader.intake import sources
from sheetgrader.intake.sources import Expected, Source, find_deliveries

from .hostile_archives import tar_of, zip_of

EXPECTED = Expected(
    notebooks=("sheet.ipynb",),
    ignore=(".ipynb_checkpoints",),
    limits=FileLimits(total_bytes=10_000, file_bytes=5000, count=20),
    is_team_name=lambda name: name.startswith("team_"),
    timezone=ZoneInfo("Europe/Berlin"),
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
