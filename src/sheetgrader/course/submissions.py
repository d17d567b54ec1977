"""What a group handed in, as it lies in ``submitted/``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.files import FileLimits, HandedIn, read_handed_in
from sheetgrader.errors import SubmissionError

#: Where it stands when a submission was handed in, as nbgrader has it.
TIMESTAMP_FILE: Final = "timestamp.txt"


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


def read_what_can_be(sheet: Sheet, group: str) -> HandedIn:
    """Return what ``group`` handed in, as :func:`read_submission` does; nothing where the folder cannot be read."""
    try:
        return read_submission(sheet, group)
    except SubmissionError:
        return HandedIn({}, frozenset(), ())


def submission_limits(course: Course) -> FileLimits:
    """Return what the files of one submission may be: nbgrader's limits or the course's own, whichever is less."""
    coursedir, settings = course.coursedir, course.settings
    return FileLimits(
        total_bytes=min(settings.submission_bytes, coursedir.max_dir_size * 1000),
        file_bytes=min(settings.submission_bytes, coursedir.max_file_size * 1000),
        count=settings.submission_files,
    )


def content_digest(handed_in: HandedIn) -> str:
    """Return a digest of the files that were handed in, whenever that was; empty where there are none."""
    files = {path: content for path, content in handed_in.files.items() if path != TIMESTAMP_FILE}
    if not files:
        return ""
    hashed = hashlib.sha256()
    for path, content in sorted(files.items()):
        for part in (path.encode("utf-8", "surrogatepass"), content):
            hashed.update(len(part).to_bytes(8, "big") + part)
    return hashed.hexdigest()


def submission_digest(sheet: Sheet, group: str) -> str:
    """Return :func:`content_digest` of what lies in a group's folder now; empty where nothing can be read."""
    return content_digest(read_what_can_be(sheet, group))
