from __future__ import annotations

from pathlib import Path

import pytest

from sheetgrader.commands.error_log import write_error_log


def write_about(error: Exception, course: Path) -> Path:
    try:
        raise error
    except type(error):
        return write_error_log(course)


def test_traceback_is_kept_in_the_course(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("")
    path = write_about(ValueError("first"), tmp_path)
    assert write_about(KeyError("second"), tmp_path) == path == tmp_path / ".sheetgrader/errors.log"
    assert "ValueError: first" in path.read_text()
    assert "KeyError: 'second'" in path.read_text()


def test_folder_that_is_no_course_stays_as_it_is(tmp_path: Path) -> None:
    path = write_about(ValueError("elsewhere"), tmp_path)
    try:
        assert "ValueError: elsewhere" in path.read_text()
        assert list(tmp_path.iterdir()) == []
    finally:
        path.unlink()


@pytest.mark.parametrize("message", ["\udcff", "x" * 10**7, "\x1b[2J"])
def test_message_of_a_strangers_is_bounded_text(tmp_path: Path, message: str) -> None:
    (tmp_path / "nbgrader_config.py").write_text("")
    text = write_about(ValueError(message), tmp_path).read_text()
    assert "ValueError" in text
    assert len(text) < 50_000
    assert "\x1b" not in text
