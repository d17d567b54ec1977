"""What a sheet's own notebooks import; asked of kernels in which nothing of a group's has run."""

from __future__ import annotations

from collections.abc import Iterable

from sheetgrader.graders.criteria import probe
from sheetgrader.graders.failures import StudentError
from sheetgrader.grading.session import JudgedNotebook


def imported_by(notebooks: Iterable[JudgedNotebook]) -> tuple[str, ...]:
    """Return the modules of installed libraries that notebooks have imported beside those that every kernel has, in the
    order of their imports; a notebook whose kernel is gone adds nothing.
    """
    found: dict[str, None] = {}
    for notebook in notebooks:
        if not notebook.run.has_kernel:
            continue
        notebook.link.begin_question(notebook.link.call_seconds)
        try:
            answer = notebook.link.run_probe(_imported, (), {})
        except StudentError:
            continue
        found |= dict.fromkeys(str(answer).split())
    return tuple(found)


@probe
def _imported() -> str:
    import sys
    import sysconfig

    folders = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    known = sys.modules["sheetgrader.inside.application"].warm_modules
    return " ".join(
        name
        for name, module in list(sys.modules.items())
        if name not in known and str(getattr(getattr(module, "__spec__", None), "origin", None)).startswith(folders)
    )
