from datetime import UTC, datetime

import pytest

from sheetgrader.course.regulations import Regulations, read_regulations
from sheetgrader.errors import CourseError


def test_everything_is_optional(tmp_path):
    path = tmp_path / "sheet.toml"
    path.write_text("", encoding="utf-8")
    assert read_regulations(path) == Regulations()


def test_a_deadline_is_read_with_its_timezone(tmp_path):
    path = tmp_path / "sheet.toml"
    path.write_text(
        'title = "Basics"\ndeadline = 2023-12-14T23:59:00\ntimezone = "Europe/Berlin"\ngroup_size = [2, 3]\n',
        encoding="utf-8",
    )
    regulations = read_regulations(path)
    assert regulations.deadline_utc == datetime(2023, 12, 14, 22, 59)  # nbgrader keeps UTC without saying so
    assert regulations.group_size == (2, 3)
    path.write_text("deadline = 2023-12-14T23:59:00+01:00\n", encoding="utf-8")
    assert read_regulations(path).deadline == datetime(2023, 12, 14, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = Basics", "is no TOML: .*line 1"),
        ('title = "a"\ntitle = "b"\n', "is no TOML: .*line 2"),
        ('title = "a"\n\ncolour = 3', "line 3: .*unknown field `colour`"),
        ('title = "a"\ngroup_size = ["two", 3]', "line 2: .*group_size"),
        ("group_size = [3, 2]", "line 1: .*least and the most"),
        ("group_size = [1, 2, 3]", "line 1: .*length 2"),
        ('title = "a"\ndeadline = 2023-12-14T23:59:00', "line 2: .*no timezone"),
        ('deadline = 2023-12-14T23:59:00+01:00\ntimezone = "Europe/Berlin"', "line 2: .*twice"),
        ('deadline = 2023-12-14T23:59:00\ntimezone = "Mars/Olympus"', "line 2: .*not known"),
        ('deadline = 2023-12-14T23:59:00\ntimezone = "../../etc/passwd"', "line 2: .*not known"),
        ("deadline = 2023-12-14", "line 1"),
        ('files = ["../other.py"]', "line 1: .*no file in the submission"),
        ('archive_name = "(["', "line 1: .*no regular expression"),
        ('archive_name = "[a-z]+"\narchive_example = "A1"', "line 2: .*does not match"),
        ("bonus = 3", "line 1: .*bonus"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_and_line(tmp_path, text, complaint):
    path = tmp_path / "sheet.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=complaint) as caught:
        read_regulations(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_file_in_another_encoding_is_one_sentence(tmp_path):
    path = tmp_path / "sheet.toml"
    path.write_bytes('title = "Übung"'.encode("latin-1"))
    with pytest.raises(CourseError, match="cannot be read"):
        read_regulations(path)
