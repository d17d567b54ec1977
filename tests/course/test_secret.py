import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from sheetgrader.course.secret import course_secret
from sheetgrader.errors import CourseError


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    folder = tmp_path / "private"
    secret = course_secret(folder)
    assert len(secret) == 32
    assert course_secret(folder) == secret
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret"]


def test_two_courses_have_two_secrets(tmp_path):
    assert course_secret(tmp_path / "a") != course_secret(tmp_path / "b")


def test_of_many_made_at_the_same_time_one_stays(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: course_secret(tmp_path / "private"), range(64)))
    assert len(secrets) == 1


def test_a_damaged_secret_is_one_sentence(tmp_path):
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(CourseError, match="is damaged; delete it"):
        course_secret(tmp_path)


def test_a_secret_that_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / "secret").mkdir()
    with pytest.raises(CourseError, match="cannot be used: Is a directory"):
        course_secret(tmp_path)
