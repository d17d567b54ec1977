"""Courses made of nbgrader's own test notebooks, paired as its own tests pair them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import nbgrader

from .courses import SHORT_CLOCK, Assignment, CourseDescription, Submission
from .notebooks import as_released

_TESTS: Final = Path(nbgrader.__file__).parent / "tests"
APPS: Final = _TESTS / "apps/files"
PREPROCESSORS: Final = _TESTS / "preprocessors/files"

#: What nbgrader's notebooks expect beside themselves.
_FILES: Final = {name: (APPS / name).read_bytes() for name in ("data.txt", "jupyter.png")}
_AUTOTESTS: Final = {"autotests.yml": (APPS / "autotests.yml").read_bytes()}

_HANGING: Final = {"infinite-loop", "timeout"}
#: They import or print at length, or fill the memory until the clock ends it.
_LONG: Final = {"infinite-loop-with-output", "infinite-recursion", "warning-pattern"}

#: nbgrader cannot release these: their metadata is wrong or of another version, or a solution stands where none may.
_UNRELEASABLE: Final = {
    APPS: (
        "test-no-metadata",
        "test-no-metadata-autotest",
        "test-v0",
        "test-v0-invalid",
        "test-v1",
        "test-v2",
        "too-new",
    ),
    PREPROCESSORS: (
        "bad-markdown-cell-1",
        "bad-markdown-cell-2",
        "blank-grade-id",
        "blank-points",
        "cell-type-changed",
        "duplicate-grade-ids",
        "submitted-answer-cell-type-changed",
        "submitted-grade-cell-type-changed",
    ),
}


def _sources(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.ipynb"))}


def _own_sources(folder: Path) -> dict[str, bytes]:
    return {stem: content for stem, content in _sources(folder).items() if stem not in _UNRELEASABLE[folder]}


def _paired(stem: str) -> bool:
    """Whether a notebook is handed in for another one's sheet, as nbgrader's tests do."""
    return stem.startswith("submitted-") or stem.endswith(
        ("-changed", "-unchanged", "-right", "-wrong", "-with-output")
    )


def _as_written(name: str, sources: dict[str, bytes]) -> Assignment:
    """A sheet whose source is what is handed in."""
    return Assignment(name, sources, {"as-written": Submission(sources)}, _FILES)


def _as_released(name: str, sources: dict[str, bytes]) -> Assignment:
    """A sheet whose skeleton is what is handed in."""
    return Assignment(name, sources, {"as-released": Submission(dict.fromkeys(sources, as_released))}, _FILES)


def _pairs(name: str, folder: Path, source: str, handed_in: tuple[str, ...]) -> Assignment:
    files = _sources(folder)
    return Assignment(
        name, {"p1": files[source]}, {stem: Submission({"p1": files[stem]}) for stem in handed_in}, _FILES
    )


_OWN_SOURCES: Final = {"apps": _own_sources(APPS), "preprocessors": _own_sources(PREPROCESSORS)}
_CHANGES: Final = (
    "submitted-unchanged",
    "submitted-changed",
    "submitted-grade-cell-changed",
    "submitted-locked-cell-changed",
)

GRADABLE: Final = CourseDescription(
    "gradable",
    [
        *(
            _as_written(
                name,
                {
                    stem: content
                    for stem, content in sources.items()
                    if not _paired(stem) and stem not in _LONG | _HANGING
                },
            )
            for name, sources in _OWN_SOURCES.items()
        ),
        _pairs(
            "changes",
            APPS,
            "submitted-unchanged",
            (*_CHANGES, "submitted-cheat-attempt", "submitted-cheat-attempt-alternative"),
        ),
        _pairs("changes-of-preprocessors", PREPROCESSORS, "submitted-unchanged", _CHANGES),
        _pairs("with-output", APPS, "test", ("test-with-output", "test-no-metadata")),
        _pairs("autotest-simple", APPS, "autotest-simple", ("autotest-simple-changed", "autotest-simple-unchanged")),
        _pairs("autotest-hashed", APPS, "autotest-hashed", ("autotest-hashed-changed", "autotest-hashed-unchanged")),
        _pairs("autotest-multi", APPS, "autotest-multi", ("autotest-multi-changed", "autotest-multi-unchanged")),
        _pairs(
            "autotest-hidden",
            APPS,
            "autotest-hidden",
            ("autotest-hidden-changed-right", "autotest-hidden-changed-wrong", "autotest-hidden-unchanged"),
        ),
    ],
    files=_AUTOTESTS,
)

HANGING: Final = CourseDescription(
    "hanging",
    [_as_written("apps", {stem: content for stem, content in _OWN_SOURCES["apps"].items() if stem in _HANGING})],
    SHORT_CLOCK,
)

#: Good sources, for which nbgrader refuses what these groups handed in.
REFUSED: Final = CourseDescription(
    "refused",
    [
        _pairs("old", APPS, "test", ("test-v0",)),
        _pairs("invalid", APPS, "test", ("test-v0-invalid",)),
        _pairs("older", APPS, "test", ("test-v1",)),
        _pairs("outdated", APPS, "test", ("test-v2",)),
        _pairs("new", APPS, "test", ("too-new",)),
        _pairs("grade-cell-type", PREPROCESSORS, "submitted-unchanged", ("submitted-grade-cell-type-changed",)),
        _pairs("answer-cell-type", PREPROCESSORS, "submitted-unchanged", ("submitted-answer-cell-type-changed",)),
    ],
)

UNRELEASABLE: Final = CourseDescription(
    "unreleasable",
    [
        Assignment(
            stem,
            {stem: (folder / f"{stem}.ipynb").read_bytes()},
            {"as-written": Submission({stem: (folder / f"{stem}.ipynb").read_bytes()})},
        )
        for folder, stems in _UNRELEASABLE.items()
        for stem in stems
    ],
    files=_AUTOTESTS,
)

LONG: Final = CourseDescription(
    "long",
    [
        *(
            _as_written(name, {stem: content for stem, content in sources.items() if _paired(stem) or stem in _LONG})
            for name, sources in _OWN_SOURCES.items()
        ),
        *(_as_released(f"released-{name}", sources) for name, sources in _OWN_SOURCES.items()),
    ],
    "c.Execute.timeout = 15\n",
    files=_AUTOTESTS,
)
