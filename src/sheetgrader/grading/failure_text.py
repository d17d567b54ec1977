"""What instructors read of a criterion that failed: the way through the grader, and what was raised there.

pytest's own report shows whole functions, and parses a file again for each failure to find out where a statement ends;
with many failed criteria that costs more than everything else that judging does.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType


def failure_text(error: BaseException, folder: Path, *, shown: str = "") -> str:
    """Return the lines that an exception went through, from where it entered ``folder``, and the exception itself.

    Args:
        error: what was raised, with its traceback.
        folder: where the grader files lie; paths below it are shown relative to it.
        shown: what is put before them, the folder that their author knows.
    """
    raised, text, seen = error, _shown(error, folder, shown), {id(error)}
    while (earlier := _earlier(error)) is not None and id(earlier[0]) not in seen:
        error, followed = earlier
        seen.add(id(error))
        text = "\n".join((_shown(error, folder, shown), followed, text))
    return "\n".join((text, *_last_place(raised, folder, shown)))


def _last_place(error: BaseException, folder: Path, shown: str) -> Iterator[str]:
    """Yield where in the grader files an exception came up last, if it did, as pytest's own report ends."""
    places = [(path, line) for path, line in map(_place, _steps(error.__traceback__)) if path.is_relative_to(folder)]
    for path, line in places[-1:]:
        yield f"{shown}{path.relative_to(folder)}:{line}: {type(error).__name__}"


def _earlier(error: BaseException) -> tuple[BaseException, str] | None:
    """Return what led to an exception, and how the exception followed from it."""
    if error.__cause__ is not None:
        return error.__cause__, "The above was the direct cause of this:"
    if error.__context__ is not None and not error.__suppress_context__:
        return error.__context__, "While the above was handled, this happened:"
    return None


def _shown(error: BaseException, folder: Path, shown: str) -> str:
    said = (f"E   {line}".rstrip() for line in _said(error).splitlines())
    return "\n".join((*_frames(error.__traceback__, folder, shown), *said))


def _said(error: BaseException) -> str:
    """Return what pytest says of an exception: an assertion's own words begin with ``assert``."""
    words = str(error)
    if isinstance(error, AssertionError) and words.startswith("assert "):
        return words
    name = type(error).__name__
    return f"{name}: {words}" if words else name


def _frames(traceback: TracebackType | None, folder: Path, shown: str) -> Iterator[str]:
    has_entered = False
    for step in _steps(traceback):
        path, line = _place(step)
        is_graders = path.is_relative_to(folder)
        has_entered = has_entered or is_graders
        if not has_entered or step.tb_frame.f_locals.get("__tracebackhide__") is True:
            continue
        place = f"{shown}{path.relative_to(folder)}" if is_graders else str(path)
        yield f"{place}:{line}: in {step.tb_frame.f_code.co_name}"
        source = linecache.getline(str(path), line, step.tb_frame.f_globals).strip()
        if source:
            yield f"    {source}"


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _place(step: TracebackType) -> tuple[Path, int]:
    return Path(step.tb_frame.f_code.co_filename), step.tb_lineno
