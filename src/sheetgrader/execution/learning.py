"""The warm process learns what a sheet imports: its own reference runs once, and later kernels have its modules."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.store.kept_imports import imports_of_scripts, keep_imports, read_imports
from sheetgrader.store.material import Material, make_item

#: Groups for which a run more than theirs pays.
_LEAST_GROUPS: Final = 6
#: How long the end of a class waits for the warm process to find out what it can share.
_PATIENCE_SECONDS: Final = 30.0
#: No group has this name.
_NOBODY: Final = ""


class Learning:
    """What has to be done so that the kernels of a sheet share its imports; without a sheet that is worth it, nothing.

    What the reference solution, or the notebook where it holds none, has imported when it has run in a sandbox decides;
    never what a group has handed in.
    """

    def __init__(self, sheet: Sheet, zygote: Zygote) -> None:
        """Prepare it."""
        self._sheet = sheet
        self._zygote = zygote
        self._number: int | None = None

    def item(self, material: Material, groups: int) -> WorkItem | None:
        """Return the work of running the sheet's own notebooks; None where all is known, or few groups would gain.

        Raises:
            CourseError: the sheet's files cannot be read.
        """
        kept = read_imports(self._sheet)
        if kept is not None:
            if new := [name for name in kept.modules if name not in self._zygote.shared]:
                self._zygote.share(new)
            return None
        if groups < _LEAST_GROUPS:
            return None
        contents = {name: path.read_bytes() for name, path in self._sheet.source_notebooks().items()}
        files = {**self._sheet.solution_files(), **material.source_files}
        item = make_item(self._sheet, _NOBODY, material, contents, files)
        return msgspec.structs.replace(item, tells_imports=True)

    def takes(self, graded: GradedSubmission) -> bool:
        """Tell whether a result is that of :meth:`item`, and go on with what it tells."""
        if graded.result.group != _NOBODY:
            return False
        self.learn(graded)
        return True

    def learn(self, graded: GradedSubmission) -> None:
        """Let the warm process find out which of the modules that the sheet's own notebooks imported it can share."""
        if graded.imported is not None and read_imports(self._sheet) is None:
            names = dict.fromkeys((*graded.imported, *imports_of_scripts(self._sheet)))
            self._number = self._zygote.share(tuple(names))

    def finish(self) -> None:
        """Keep what was found out, for the next time; without it the same is found out again."""
        if self._number is not None and (found := self._zygote.found_out(self._number, _PATIENCE_SECONDS)) is not None:
            with suppress(OSError):
                keep_imports(self._sheet, found.modules, found.left_out)
