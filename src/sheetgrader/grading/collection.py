"""Grader files: where they lie while they run, and which criteria they hold."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.grading.collected import collection_error, conditions_of, facts_of_item, rubric_of

#: Only what graders need: no plugin that happens to be installed, no cache, no configuration of the folder that the
#: course lies in.
_OPTIONS = (
    "--disable-plugin-autoload",
    "--strict-markers",
    *("-p", "no:cacheprovider"),
    *("-p", "no:terminal"),
    *("-p", "no:junitxml"),
    *("-p", "no:pastebin"),
    *("-p", "no:faulthandler"),
    *("-p", "no:logging"),
    *("-p", "no:doctest"),
    *("-p", "no:unittest"),
    *("-p", "no:stepwise"),
    *("-p", "no:setuponly"),
    *("-p", "no:debugging"),
    # Both collect garbage several times at the end of every session, which takes longer than the grading.
    *("-p", "no:unraisableexception"),
    *("-p", "no:threadexception"),
)


@dataclass(frozen=True)
class CollectedCriterion:
    """A criterion as a grader file states it."""

    #: pytest's node id, ``test_graded.py::test_symmetry``.
    name: str
    question: str
    weight: float
    hint: str
    rubric: str


def collect(graders: Mapping[str, bytes]) -> tuple[CollectedCriterion, ...]:
    """Return the criteria that grader files hold, in their order; tests without ``@criterion`` are refused.

    Args:
        graders: the files by their paths relative to ``grader_tests/<sheet>/``.

    Raises:
        CourseError: a file cannot be read or imported, a test names no question, or requires what its question does
            not have or itself by way of others; the sentence names the file.
    """
    plugin = _Collector()
    with run_pytest_in(graders) as run:
        run(plugin, "--collect-only")
    if plugin.errors:
        raise CourseError(plugin.errors[0])
    for item in plugin.items:
        if facts_of_item(item) is None:
            raise CourseError(f"the grader {item.nodeid} names no question: put @criterion('<question>') above it")
    conditions_of(plugin.items)
    found = []
    for item in plugin.items:
        facts = facts_of_item(item)
        assert facts is not None  # noqa: S101  # checked just above
        found.append(CollectedCriterion(item.nodeid, facts.question, facts.weight, facts.hint, rubric_of(item)))
    return tuple(found)


class _Collector:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []
        self.errors: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep what was collected."""
        self.items = list(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected, as one sentence."""
        if report.failed:
            self.errors.append(collection_error(report))


class RunOfPytest:
    """Runs pytest over one folder of grader files."""

    def __init__(self, folder: Path, configuration: Path, *options: str, plugins: Sequence[object] = ()) -> None:
        self._folder = folder
        self._configuration = configuration
        self._options = options
        self._plugins = plugins

    def __call__(self, plugin: object, *options: str) -> None:
        """Run pytest with ``plugin``; what the tests came to is the plugin's to know.

        Raises:
            RuntimeError: pytest itself failed.
        """
        folder = str(self._folder)
        status = pytest.main(
            [*_OPTIONS, *self._options, *options, "-c", str(self._configuration), "--rootdir", folder, folder],
            plugins=[plugin, *self._plugins],
        )
        if status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            raise RuntimeError(f"pytest could not run the graders: {pytest.ExitCode(status).name}")


@contextmanager
def run_pytest_in(graders: Mapping[str, bytes]) -> Iterator[RunOfPytest]:
    """Give a function that runs pytest over grader files; what they imported is forgotten afterwards.

    Graders of two sheets may have modules of the same name, and no state of a module may pass from one submission to
    the next.
    """
    folder = _folder_of(tuple(sorted(graders.items())))
    with _forgetting(folder):
        yield RunOfPytest(folder, folder / "pytest.ini")


@contextmanager
def run_pytest_in_place(folder: Path, *options: str, plugins: Sequence[object] = ()) -> Iterator[RunOfPytest]:
    """Give a function that runs pytest over the author's own files: these are what tracebacks and debuggers show.

    Nothing is written beside them.

    Args:
        folder: where the grader files are.
        options: of pytest, besides those of grading.
        plugins: of pytest, besides the one that judges.
    """
    # Other files of the folder are no graders, whatever they are called; nor is what lies above it.
    options = (*options, "--ignore", str(folder / "variants"), "--confcutdir", str(folder))
    writes_none, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with _forgetting(folder):
            yield RunOfPytest(folder, Path(os.devnull), *options, plugins=plugins)
    finally:
        sys.dont_write_bytecode = writes_none


@contextmanager
def _forgetting(folder: Path) -> Iterator[None]:
    """Forget after the block what it imported from a folder."""
    path = list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = path
        inside = f"{folder}{os.sep}"
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file.startswith(inside):
                del sys.modules[name]


@functools.lru_cache(maxsize=8)
def _folder_of(graders: tuple[tuple[str, bytes], ...]) -> Path:
    """Write grader files into a folder of their own, once in a process, so that compiled code is kept from run
    to run.
    """
    digest = hashlib.sha256(repr(graders).encode()).hexdigest()[:12]
    folder = Path(tempfile.mkdtemp(prefix=f"sheetgrader-graders-{digest}-")).resolve()
    # atexit would not run in a worker process; this runs at the end of either.
    util.Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=0)
    for name, content in graders:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise CourseError(f"the grader file {name} lies outside its folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return folder
