"""What a group handed in, as it lies in ``submitted/``."""

from __future__ import annotations

from pathlib import Path

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.files import FileLimits, HandedIn, read_handed_in


def read_submission(sheet: Sheet, group: str) -> HandedIn:
    """Return what ``group`` handed in; what is over nbgrader's or the course's size limits is left out.

    Raises:
        SubmissionError: the folder cannot be read.
    """
    coursedir = sheet.course.coursedir
    folder = sheet.submitted_folder(group)
    top = Path(sheet.course.root, coursedir.submitted_directory)
    if not folder.is_relative_to(top):
        top = sheet.course.root
    return read_handed_in(
        top, folder.relative_to(top).parts, ignore=coursedir.ignore, limits=submission_limits(sheet.course)
    )


def submission_limits(course: Course) -> FileLimits:
    """Return what the files of one submission may be: nbgrader's limits or the course's own, whichever is less."""
    coursedir, settings = course.coursedir, course.settings
    return FileLimits(
        total_bytes=min(settings.submission_bytes, coursedir.max_dir_size * 1000),
        file_bytes=min(settings.submission_bytes, coursedir.max_file_size * 1000),
        count=settings.submission_files,
    )
