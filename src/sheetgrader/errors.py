"""The one error tree.

Every error that sheetgrader raises on purpose derives from :class:`SheetgraderError`. Its text is one sentence for a
person: what is wrong, in which file, and the way out. The command line prints that sentence and exits with
:attr:`SheetgraderError.exit_code`.
"""

from __future__ import annotations


class SheetgraderError(Exception):
    """Base of all errors raised on purpose; its text is one sentence for a person."""

    #: What the command line exits with: 1 something needs attention, 2 wrong usage or a broken course.
    exit_code = 1


class UsageError(SheetgraderError):
    """The command was called wrongly: an unknown sheet, the wrong folder, options that do not go together."""

    exit_code = 2


class CourseError(SheetgraderError):
    """The course's own files are broken: a source notebook, a grader file, the configuration."""

    exit_code = 2


class SubmissionError(SheetgraderError):
    """One submission cannot be read; the others are not concerned."""


class IsolationError(SheetgraderError):
    """This machine cannot give the sandbox that was asked for, or the zygote did not start."""

    exit_code = 2


class GradebookError(SheetgraderError):
    """The gradebook cannot be read or written."""


class MarkingError(SheetgraderError):
    """No such mark can be given, or a file of marks cannot be read."""


class WireError(SheetgraderError):
    """A value cannot cross between the student's process and the grader, or the bytes that arrived are malformed."""
