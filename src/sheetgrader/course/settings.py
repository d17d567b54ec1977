"""What a course may set for sheetgrader in its ``nbgrader_config.py``, as ``c.Sheetgrader.cell_seconds = 60``."""

from __future__ import annotations

import difflib
from typing import Any, Final

from traitlets import Bool, Enum, Float, Int, List, TraitError, Unicode, default
from traitlets.config import Config, Configurable

from sheetgrader.errors import CourseError
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.launcher import DEFAULT_PRELOAD
from sheetgrader.sandbox.limits import SandboxLimits

_MEBIBYTE = 1 << 20
#: What cuts hidden tests out of nbgrader's feedback.
_CUTTER: Final = "sheetgrader.nbgrader_plugin.CutHiddenTests"


def _seconds(value: float, text: str) -> Any:
    return Float(value, min=0.01, max=7 * 24 * 3600.0, help=text).tag(config=True)


def _count(value: int, text: str, *, least: int = 1) -> Any:
    return Int(value, min=least, max=1 << 46, help=text).tag(config=True)


class Sheetgrader(Configurable):
    """Clocks, limits and isolation of grading."""

    cell_seconds = _seconds(
        30.0, "Seconds that one cell of the student's may run; nbgrader's Execute.timeout where that is set."
    )
    call_seconds = _seconds(
        10.0, "Seconds that one call by a grader may take, unless its criterion names a limit of its own."
    )
    question_seconds = _seconds(120.0, "Seconds that all criteria of one test cell may take together.")
    submission_seconds = _seconds(1200.0, "Seconds that a whole submission may take.")
    interrupt_grace_seconds = _seconds(
        1.0, "Seconds that an interrupted cell or call may take to stop before it is killed."
    )
    output_bytes = _count(
        24 * _MEBIBYTE,
        "Bytes of output that are kept of one cell; each value and line counts for what it takes in memory.",
    )
    notebook_output_bytes = _count(
        64 * _MEBIBYTE,
        "Bytes of output that are kept of all cells of a notebook together, counted in the same way; half of them in"
        " equal parts.",
    )
    value_bytes = _count(64 * _MEBIBYTE, "Bytes that one value may have that a student's function gives back.")

    memory_bytes = _count(
        2048 * _MEBIBYTE, "Bytes of memory that one submission may use on top of the libraries.", least=16 * _MEBIBYTE
    )
    processes = _count(256, "Processes and threads that one submission may have.")
    disk_bytes = _count(
        512 * _MEBIBYTE,
        "Bytes that the work folder of a sandbox holds, and its folder for temporary files.",
        least=_MEBIBYTE,
    )
    shared_memory_bytes = _count(
        1024 * _MEBIBYTE,
        "Bytes that the processes of one submission may share, such as batches from the workers of a data loader.",
        least=_MEBIBYTE,
    )
    file_bytes = _count(512 * _MEBIBYTE, "Bytes that one file may have that a submission writes.")
    open_files = _count(1024, "Files that one process may have open.", least=64)
    cpu_seconds = _count(600, "Seconds of processor time that one process may use.")
    torch_threads = _count(1, "Threads that torch uses inside one submission.")
    isolation = Enum(
        ("sandbox", "process"),
        default_value="sandbox",
        help="'sandbox' locks student code in; 'process' runs it as a plain process, for code that is trusted.",
    ).tag(config=True)

    submission_bytes = _count(
        32 * _MEBIBYTE,
        "Bytes that the files of one submission may have together; nbgrader's CourseDirectory.max_dir_size where less.",
    )
    submission_files = _count(500, "Files that one submission may have.")
    written_bytes = _count(
        8 * _MEBIBYTE,
        "Bytes that the files may have together that a submission's code writes and that are kept in autograded/.",
        least=0,
    )
    written_files = _count(100, "Files that are kept of those that a submission's code writes.", least=0)
    keep_hidden_tests = Bool(
        default_value=False,
        help="Leave hidden tests in autograded/, for tutors. nbgrader's feedback must then cut them out, by"
        " sheetgrader.nbgrader_plugin.CutHiddenTests in c.GenerateFeedback.preprocessors.",
    ).tag(config=True)

    workers = _count(0, "Submissions graded at the same time; 0 is one for each processor core.", least=0)
    preload = List(
        Unicode(),
        list(DEFAULT_PRELOAD),
        help="Modules that every sandbox finds imported, so that importing them costs a notebook nothing.",
    ).tag(config=True)

    @default("cell_seconds")
    def _cell_seconds_default(self) -> float:
        for section in ("Execute", "ExecutePreprocessor"):
            timeout = self.config[section].get("timeout") if section in self.config else None
            try:
                # From a command line it is a text still.
                seconds = float(timeout) if timeout is not None else 0.0
            except (TypeError, ValueError):
                continue
            if seconds > 0:
                return seconds
        return 30.0

    @classmethod
    def read(cls, config: Config) -> Sheetgrader:
        """Return the settings that ``config`` holds.

        Raises:
            CourseError: a setting is unknown, of the wrong type or out of range.
        """
        known = sorted(cls.class_trait_names(config=True))
        for name in config.get("Sheetgrader", {}):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=3) or known
                raise CourseError(f"nbgrader_config.py: c.Sheetgrader.{name} is no setting; there is {', '.join(near)}")
        try:
            settings = cls(config=config)
        except TraitError as error:
            raise CourseError(
                f"nbgrader_config.py: a setting of c.Sheetgrader cannot be used: {_one_line(error)}"
            ) from None
        if settings.keep_hidden_tests and not _cuts_hidden_tests(config):
            raise CourseError(
                "nbgrader_config.py: c.Sheetgrader.keep_hidden_tests leaves hidden tests in autograded/, from where"
                " `nbgrader generate_feedback` would hand them to students; have it cut them out with:"
                f' c.GenerateFeedback.preprocessors = ["nbgrader.preprocessors.GetGrades", "{_CUTTER}",'
                ' "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor"]'
            )
        return settings

    @property
    def grading_limits(self) -> GradingLimits:
        """The limits of the grading side."""
        return GradingLimits(**{name: getattr(self, name) for name in GradingLimits.__struct_fields__})

    @property
    def sandbox_limits(self) -> SandboxLimits:
        """The limits of the sandbox."""
        return SandboxLimits(
            memory_bytes=self.memory_bytes,
            processes=self.processes,
            disk_bytes=self.disk_bytes,
            shared_memory_bytes=self.shared_memory_bytes,
            file_bytes=self.file_bytes,
            open_files=self.open_files,
            cpu_seconds=self.cpu_seconds,
            torch_threads=self.torch_threads,
        )


def _cuts_hidden_tests(config: Config) -> bool:
    """Tell whether nbgrader's feedback goes through the preprocessor that cuts hidden tests out."""
    section = config.get("GenerateFeedback", {})
    named = section.get("preprocessors") if section else None
    if isinstance(named, str):
        # From a command line it is a text still.
        return _CUTTER in named
    return any(
        kind == _CUTTER or (isinstance(kind, type) and f"{kind.__module__}.{kind.__qualname__}" == _CUTTER)
        for kind in (named if isinstance(named, list) else ())
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
