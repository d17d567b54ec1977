"""Files that a submission's code wrote, on their way beside its graded notebook, where nbgrader leaves them, too.

They are a stranger's: plain files with plain names only, few and small, none in the place of what was handed in or of
what graders and nbgrader write there, and none that repeats hidden tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import PurePosixPath
from typing import Final

from sheetgrader.boundary.plain_text import is_plain_name, plain_text
from sheetgrader.grading.cells import named
from sheetgrader.grading.repeating import LineSearch
from sheetgrader.items import GradingLimits, WorkItem
from sheetgrader.sandbox.work_folder import FolderContent, FolderLimits

#: From these nbgrader reads when a submission was handed in, and who may fetch the feedback on it.
_NBGRADERS: Final = frozenset({PurePosixPath("timestamp.txt"), PurePosixPath("submission_secret.txt")})
#: What Python and libraries leave behind; nobody means to hand it in.
_LITTER: Final = ("__pycache__",)
_LITTER_ENDINGS: Final = (".pyc", ".ipynb")
_MOST_NAME: Final = 60


def folder_limits(limits: GradingLimits) -> FolderLimits:
    """Return what is read of a kernel's work folder at most."""
    return FolderLimits(total_bytes=limits.written_bytes, files=limits.written_files)


def wanted_files(item: WorkItem) -> Callable[[PurePosixPath], bool]:
    """Return a function that says whether a file in a kernel's work folder is one that the notebook's code added, and
    may stand beside the graded notebook.
    """
    pages = {PurePosixPath(f"{work.name}.html") for work in item.notebooks}
    not_wanted = _NBGRADERS | {PurePosixPath(path) for path in item.files} | pages

    def is_wanted(path: PurePosixPath) -> bool:
        if any(part.startswith(".") or part in _LITTER for part in path.parts):
            return False
        return not path.name.endswith(_LITTER_ENDINGS) and path not in not_wanted

    return is_wanted


def keep_written(
    found: Sequence[FolderContent], own: Collection[str], hidden: LineSearch, limits: GradingLimits
) -> tuple[dict[str, bytes], list[str]]:
    """Return which files are kept, by relative path, and a sentence for each kind that is not.

    Args:
        found: what each notebook of the submission left, in order; of two files with one name the later one counts.
        own: the files that stand there already.
        hidden: looks for the lines of hidden tests.
        limits: what all of them may be together.
    """
    kept: dict[str, bytes] = {}
    folders = {str(parent) for path in own for parent in PurePosixPath(path).parents}
    left_out: list[str] = []
    repeating: list[str] = []
    total = 0
    for path, content in (each for left in found for each in left.files.items()):
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        before = len(kept.get(path, b""))
        if (
            not all(map(is_plain_name, PurePosixPath(path).parts))
            or path in folders
            or any(parent in own or parent in kept for parent in parents)
            or total - before + len(content) > limits.written_bytes
            or (path not in kept and len(kept) >= limits.written_files)
        ):
            left_out.append(path)
        elif hidden.finds_any(content.decode("utf-8", "replace")):
            repeating.append(path)
        else:
            total += len(content) - before
            kept[path] = content
            folders.update(parents)
    left_out += [path for left in found for path in left.left_out]
    return kept, _remarks(left_out, repeating, limits, is_cut=any(left.is_cut for left in found))


def _remarks(left_out: list[str], repeating: list[str], limits: GradingLimits, *, is_cut: bool) -> list[str]:
    remarks = []
    if left_out or is_cut:
        which = f" ({_shown(left_out)})" if left_out else ""
        remarks.append(
            f"Not all files that the notebook wrote are kept{which}: only plain files are, {limits.written_files} of"
            f" them at most, with {limits.written_bytes / (1 << 20):.3g} MiB together."
        )
    if repeating:
        remarks.append(f"Files that the notebook wrote ({_shown(repeating)}) repeated hidden tests and were left out.")
    return remarks


def _shown(paths: list[str]) -> str:
    return named([" ".join(plain_text(path, _MOST_NAME).split()) for path in paths])
