"""Source to skeleton, by nbgrader's own ``generate_assignment``."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.preprocessors import InstantiateTests

from sheetgrader.course.directory import Sheet, check_path, nbgrader_log
from sheetgrader.errors import CourseError
from sheetgrader.store.database import ensure_database, telling_database_errors


def generate(sheet: Sheet, release_directory: Path, db_url: str) -> Path:
    """Generate the skeleton of ``sheet`` below ``release_directory`` and its entries in the gradebook at ``db_url``;
    return the skeleton's folder.

    Raises:
        CourseError: nbgrader refuses the source.
        UsageError: nbgrader cannot work in the course's folder.
        GradebookError: the gradebook cannot be written.
    """
    check_path(sheet.course.root)
    coursedir = sheet.course.new_coursedir()
    coursedir.assignment_id = sheet.name
    coursedir.release_directory = str(release_directory)
    coursedir.db_url = db_url
    remarks = _Remarks()
    nbgrader_log.addHandler(remarks)
    try:
        with telling_database_errors(db_url), warnings.catch_warnings():
            # nbformat's and SQLAlchemy's advice is for nbgrader's developers.
            warnings.simplefilter("ignore")
            ensure_database(db_url)
            converter = GenerateAssignment(coursedir=coursedir, config=sheet.course.config, log=nbgrader_log)
            converter.force = True
            converter.preprocessors = [
                _InstantiateTests if kind is InstantiateTests else kind for kind in converter.preprocessors
            ]
            converter.start()
            _set_deadline(sheet, db_url)
    except (NbGraderException, SystemExit):
        cause = remarks.cause
        if cause.startswith("Cannot add or remove cells"):
            cause = (
                "cells with a name were added, taken away or renamed since its release, and submissions to it stand in"
                " the gradebook; take that back, or give the changed sheet another name, or let nbgrader forget it with"
                f" all its points and marks: nbgrader db assignment remove {sheet.name} --force; then release and"
                " grade it"
            )
        raise CourseError(f"{sheet.source_folder} cannot be released: {cause}") from None
    finally:
        nbgrader_log.removeHandler(remarks)
    return sheet.course.folder(str(release_directory), ".", sheet.name)


def regenerate(sheet: Sheet, folder: Path) -> Path:
    """Generate the skeleton into ``folder`` alone, without touching ``release/`` or the gradebook, and return where it
    is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return generate(sheet, folder / "release", own_database(folder))


def own_database(folder: Path) -> str:
    """Return where the gradebook is of a sheet that was regenerated into ``folder``."""
    return f"sqlite:///{folder / 'gradebook.db'}"


def _set_deadline(sheet: Sheet, db_url: str) -> None:
    """Tell nbgrader the deadline, from which it reckons who is late."""
    if sheet.regulations is not None and sheet.regulations.deadline_utc is not None:
        with Gradebook(db_url, sheet.course.coursedir.course_id) as gradebook:
            gradebook.update_or_create_assignment(sheet.name, duedate=sheet.regulations.deadline_utc)


class _InstantiateTests(InstantiateTests):  # type: ignore[misc] # nbgrader ships no types
    """Ends the kernel that writes automatic tests and closes its sockets, which nbgrader leaves open, after a failure
    the kernel as well.
    """

    _client: Any = None

    @property
    def kc(self) -> Any:
        """The client of the kernel; nbgrader drops it by setting None."""
        return self._client

    @kc.setter
    def kc(self, client: Any) -> None:
        if self._client is not None:
            self._client.stop_channels()
        self._client = client

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        try:
            with _quiet_standard_error():
                return super().preprocess(nb, resources)  # type: ignore[no-any-return] # nbgrader ships no types
        finally:
            if self._client is not None:
                self._client.shutdown()
            self.kc = None


@contextmanager
def _quiet_standard_error() -> Iterator[None]:
    """Send standard error nowhere, and with it what the kernels that start meanwhile remark about themselves."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class _Remarks(logging.Handler):
    """Keeps what nbgrader logs as errors, for the sentence that tells why it gave up."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._texts.append(record.getMessage())

    @property
    def cause(self) -> str:
        """The last line of the traceback that nbgrader logged, without the exception's name, or else its first
        remark.
        """
        for text in self._texts:
            if text.startswith("Traceback"):
                last = next(line for line in reversed(text.strip().splitlines()) if re.match(r"\w", line))
                return re.sub(r"^[\w.]+: ", "", last)
        return " ".join(self._texts[0].split()) if self._texts else "nbgrader does not say why"
