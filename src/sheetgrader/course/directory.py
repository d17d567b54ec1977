"""A course directory as nbgrader sees it, and the sheets in it."""

from __future__ import annotations

import contextlib
import difflib
import glob
import logging
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

from jupyter_core.paths import jupyter_config_path
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, JSONFileConfigLoader, PyFileConfigLoader

from sheetgrader.course.files import read_own_folder
from sheetgrader.course.regulations import Regulations, read_regulations
from sheetgrader.course.settings import Sheetgrader
from sheetgrader.errors import CourseError, UsageError

CONFIG_FILE = "nbgrader_config.py"

#: nbgrader's own remarks; whoever wants them gives this logger a handler.
nbgrader_log = logging.getLogger("sheetgrader.nbgrader")
nbgrader_log.addHandler(logging.NullHandler())
nbgrader_log.propagate = False

#: In the name of a sheet: what nbgrader refuses, reads as a pattern or a place holder, or strips away.
_NOT_IN_NAMES: Final = re.compile(r"[+*?\[\]{}\\]|^\s|\s$")

#: In the path of a course: what nbgrader reads as a pattern when it looks for files.
_PATTERN: Final = re.compile(r"[*?\[]")

#: Folders beside the graders that are for the audit, not for grading.
_VARIANTS = "variants/"


class Course:
    """An nbgrader course directory: its configuration, and where its files are."""

    def __init__(self, root: Path, config: Config) -> None:
        """Use :meth:`load`, which finds the configuration."""
        self.root = root
        self.config = config
        self.settings = Sheetgrader.read(config)
        self.coursedir = self.new_coursedir()
        self._sheets: dict[str, Sheet] = {}

    @classmethod
    def load(cls, root: Path | None = None) -> Course:
        """Load the course in ``root`` with the configuration that nbgrader's own commands would use there.

        Without ``root`` it is the folder that Jupyter's configuration names as ``c.CourseDirectory.root``, or else the
        current one. So it is where ``root`` is the current folder and that is no course directory.

        Raises:
            UsageError: the folder is no course directory.
            CourseError: the configuration is broken.
        """
        config = Config()
        for folder in reversed(jupyter_config_path()):
            _merge_config(config, Path(folder))
        named = config.CourseDirectory.get("root", "")
        if root is None:
            root = Path(named)
        is_current = root == Path()
        root = root.absolute()
        if not root.is_dir():
            raise UsageError(f"{root} is no folder; name the course directory with --course FOLDER")
        with importable(root):
            found = _merge_config(config, root)
        # The application renames settings of nbgrader's older versions, as its own commands do.
        course = cls(root, NbGrader(config=config, log=nbgrader_log).config)
        if not found and not course.source_folder.is_dir():
            if is_current and named:
                return cls.load(Path(named))
            raise UsageError(
                f"{root} is no nbgrader course directory: it holds neither {CONFIG_FILE} nor a folder"
                f" {course.coursedir.source_directory}/; run the command in the course directory or name it with"
                " --course FOLDER; or make one with: sheetgrader new course DIR"
            )
        return course

    def new_coursedir(self) -> CourseDirectory:
        """Return a ``CourseDirectory`` of nbgrader's with the course's configuration, for a converter to change as it
        likes.
        """
        try:
            return CourseDirectory(config=self.config, root=str(self.root), log=nbgrader_log)
        except TraitError as error:
            raise CourseError(
                f"{CONFIG_FILE}: a setting of c.CourseDirectory cannot be used: {' '.join(str(error).split())}"
            ) from None

    @property
    def db_url(self) -> str:
        """Where the gradebook is, as SQLAlchemy writes it."""
        return str(self.coursedir.db_url)

    @property
    def private_folder(self) -> Path:
        """What the course keeps for itself: its secret, and what is in the making."""
        return self.root / ".sheetgrader"

    @property
    def reports_folder(self) -> Path:
        """Where results and pages for tutors go."""
        return self.root / "reports"

    @property
    def source_folder(self) -> Path:
        """The folder that all sheets' sources are in."""
        return Path(self.root, self.coursedir.source_directory)

    def folder(self, step: str, student: str, sheet: str) -> Path:
        """Return where nbgrader keeps ``sheet`` of ``student`` in a step's folder, as ``submitted``."""
        return Path(self.coursedir.format_path(step, student, sheet))

    def sheet(self, name: str) -> Sheet:
        """Return the sheet called ``name``.

        Raises:
            UsageError: there is no such sheet, or nbgrader cannot carry one of that name.
        """
        if name not in self._sheets:
            if (wrong := _NOT_IN_NAMES.search(name)) and (self.source_folder / name).is_dir():
                raise UsageError(
                    f"nbgrader cannot carry the name of the sheet {name!r}, for the {wrong[0]!r} in it; rename its"
                    f" folder in {self.source_folder}, to letters, digits, hyphens and underscores"
                )
            names = self.sheets()
            if name not in names:
                raise UsageError(self._no_such_sheet(name, names))
            self._sheets[name] = Sheet(self, name)
        return self._sheets[name]

    def sheets(self) -> list[str]:
        """Return the names of all sheets that have a source notebook and that nbgrader can carry, in order."""
        folders = self._find(self.coursedir.source_directory, ".", "*")
        return sorted(
            name for name, folder in folders.items() if any(folder.glob("*.ipynb")) and not _NOT_IN_NAMES.search(name)
        )

    def students(self, step: str, sheet: str) -> list[str]:
        """Return whose ``sheet`` there is in a step's folder, in order; a group's folder name is nbgrader's
        student id.
        """
        return list(self.student_folders(step, sheet))

    def student_folders(self, step: str, sheet: str) -> dict[str, Path]:
        """Return where ``sheet`` lies in a step's folder, by whose it is, in order."""
        excluded = {name.strip() for name in self.coursedir.student_id_exclude.split(",")}
        found = self._find(step, "*", sheet)
        return {name: found[name] for name in sorted(found) if name not in excluded}

    def unnamed_folders(self, step: str, sheet: str) -> list[str]:
        """Return the folders of ``sheet`` in a step's folder whose names are no UTF-8 and so no id in nbgrader's
        database, as they can be shown.
        """
        found = (os.fsencode(path) for name, path in self._matches(step, "*", sheet) if not _is_text(name))
        root = os.fsencode(self.root) + b"/"
        return sorted(path.removeprefix(root).decode("utf-8", "backslashreplace") for path in found)

    def _find(self, step: str, student: str, sheet: str) -> dict[str, Path]:
        """Return the folders that match, by what the star in ``student`` or ``sheet`` stands for."""
        return {name: path for name, path in self._matches(step, student, sheet) if _is_text(name)}

    def _matches(self, step: str, student: str, sheet: str) -> Iterator[tuple[str, Path]]:
        pattern = self.coursedir.directory_structure.format(
            nbgrader_step=glob.escape(step),
            student_id=student if student == "*" else glob.escape(student),
            assignment_id=sheet if sheet == "*" else glob.escape(sheet),
        )
        expression = self.coursedir.format_path(re.escape(step), _expression(student), _expression(sheet), escape=True)
        # Pathlib would drop the "." that nbgrader's paths have.
        for path in glob.glob(os.path.join(glob.escape(str(self.root)), pattern)):  # noqa: PTH118, PTH207
            match = re.fullmatch(expression, path)
            if match is not None and Path(path).is_dir():
                yield match[1], Path(path)

    def _no_such_sheet(self, name: str, names: list[str]) -> str:
        where = f"{self.coursedir.source_directory}/"
        if not names:
            return (
                f"there is no sheet {name!r}: {self.source_folder} holds no sheet at all; write"
                f" {where}{name}/{name}.ipynb first"
            )
        near = difflib.get_close_matches(name, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the sheets are {', '.join(names[:20])}"
        return f"there is no sheet {name!r} in {where}; {hint}"


class Sheet:
    """One sheet, nbgrader's assignment."""

    def __init__(self, course: Course, name: str) -> None:
        """Use :meth:`Course.sheet`, which checks the name."""
        self.course = course
        self.name = name

    @property
    def source_folder(self) -> Path:
        """Where the instructor's notebook and files are."""
        return self.course.folder(self.course.coursedir.source_directory, ".", self.name)

    @property
    def release_folder(self) -> Path:
        """Where the skeleton is that students get."""
        return self.course.folder(self.course.coursedir.release_directory, ".", self.name)

    @property
    def grader_folder(self) -> Path:
        """Where the hidden graders are; ordinary nbgrader courses have none."""
        return self.course.root / "grader_tests" / self.name

    @property
    def solution_folder(self) -> Path:
        """Where the reference solution's files are that do not stand beside the instructor's notebook, as scripts."""
        return self.course.root / "solutions" / self.name

    def solution_files(self) -> dict[str, bytes]:
        """Return what the reference solution hands in beside its notebook: the files that the regulations ask for.

        Raises:
            CourseError: a file is there and cannot be read.
        """
        asked = self.regulations.files if self.regulations else ()
        return {
            path: content
            for path, content in read_own_folder(self.solution_folder, ["*.ipynb"]).items()
            if path in asked
        }

    def submitted_folder(self, group: str) -> Path:
        """Return where ``group``'s files are."""
        return self.course.folder(self.course.coursedir.submitted_directory, group, self.name)

    def autograded_folder(self, group: str) -> Path:
        """Return where ``group``'s graded notebook goes."""
        return self.course.folder(self.course.coursedir.autograded_directory, group, self.name)

    def feedback_folder(self, group: str) -> Path:
        """Return where ``group``'s feedback goes."""
        return self.course.folder(self.course.coursedir.feedback_directory, group, self.name)

    def source_notebooks(self) -> dict[str, Path]:
        """Return the instructor's notebooks by name, without their ending."""
        return {path.stem: path for path in sorted(self.source_folder.glob("*.ipynb"))}

    def source_files(self) -> dict[str, bytes]:
        """Return the instructor's other files by relative path, those that nbgrader hands out and puts over the
        students'.
        """
        return read_own_folder(self.source_folder, [*self.course.coursedir.ignore, "*.ipynb"])

    def grader_files(self) -> dict[str, bytes]:
        """Return the graders' files by relative path; empty for a sheet that judges in its cells."""
        files = read_own_folder(self.grader_folder, [*self.course.coursedir.ignore, ".*"])
        return {path: content for path, content in files.items() if not path.startswith(_VARIANTS)}

    def submissions(self) -> list[str]:
        """Return the groups that handed in, in order."""
        return self.course.students(self.course.coursedir.submitted_directory, self.name)

    def unnamed_submissions(self) -> list[str]:
        """Return the folders that were handed in under names that nobody can write down, as they can be shown."""
        return self.course.unnamed_folders(self.course.coursedir.submitted_directory, self.name)

    @cached_property
    def regulations(self) -> Regulations | None:
        """What ``sheet.toml`` says, or None where there is none.

        Raises:
            CourseError: the file is broken.
        """
        path = self.source_folder / "sheet.toml"
        return read_regulations(path) if path.is_file() else None


def check_path(root: Path) -> None:
    """Make sure that nbgrader can find files in the course directory ``root``.

    Raises:
        UsageError: it cannot.
    """
    if sign := _PATTERN.search(str(root)):
        raise UsageError(
            f"nbgrader cannot work in {root}, for the {sign[0]!r} in its path, which it reads as a pattern; give the"
            " folder another name"
        )


@contextlib.contextmanager
def importable(root: Path) -> Iterator[None]:
    """Let the course's own modules be imported for the block, as nbgrader's commands do: plugins, mostly."""
    sys.path.append(str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))


def _is_text(name: str) -> bool:
    """Tell whether a folder's name is UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace") == name


def _expression(name: str) -> str:
    return f"([^{re.escape(os.sep)}]+)" if name == "*" else re.escape(name)


def _merge_config(config: Config, folder: Path) -> bool:
    """Merge nbgrader's configuration files in ``folder`` into ``config``, and say whether there is one."""
    found = False
    for loader in (
        PyFileConfigLoader(CONFIG_FILE, path=str(folder)),
        JSONFileConfigLoader("nbgrader_config.json", path=str(folder)),
    ):
        try:
            config.merge(loader.load_config())
        except ConfigFileNotFound:
            continue
        # The file is a program: whatever it raises is the course's mistake, told in a sentence.
        except Exception as error:  # noqa: BLE001
            raise CourseError(f"{Path(loader.full_filename)} cannot be read: {_where(error)}") from None
        found = True
    return found


def _where(error: Exception) -> str:
    """Return what went wrong in a configuration file and in which line."""
    line = getattr(error, "lineno", None)
    frame = error.__traceback__
    while frame is not None and line is None:
        if frame.tb_frame.f_code.co_filename.endswith(CONFIG_FILE):
            line = frame.tb_lineno
        frame = frame.tb_next
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return text if line is None else f"line {line}: {text}"
