"""What nbgrader's exchange hands pages out by: a page for each notebook, and beside it the files that came with the
work.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_small_file
from sheetgrader.course.submissions import TIMESTAMP_FILE

#: What ``nbgrader submit`` puts beside the work; whoever knows it may fetch the page.
SECRET_FILE: Final = "submission_secret.txt"  # noqa: S105  # the name of a file


def files_for_exchange(sheet: Sheet, group: str, notebooks: Iterable[str], page: bytes) -> dict[str, bytes]:
    """Return what ``nbgrader release_feedback`` looks for beside a group's page; nothing where its work did not come
    through the exchange.

    Args:
        sheet: whose page it is.
        group: whose page it is.
        notebooks: the names of the sheet's notebooks. The page is about all of them, and the exchange knows one for
            each.
        page: the page.
    """
    found = {}
    for name in (TIMESTAMP_FILE, SECRET_FILE):
        # Of the work that was graded: a group may have handed in again since.
        with suppress(OSError):
            found[name] = read_small_file(sheet.autograded_folder(group) / name)
    if len(found) < 2:
        return {}
    return found | {f"{name}.html": page for name in notebooks if name != sheet.name}
