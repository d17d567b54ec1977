"""The zygote that a command's kernels come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sheetgrader.kernels.launcher import DEFAULT_PRELOAD, Zygote
from sheetgrader.sandbox.limits import Isolation

if TYPE_CHECKING:
    # Importing it takes time, and the zygote is to start before that.
    from sheetgrader.course.directory import Course, Sheet


class WarmStart:
    """A zygote started before the course is read, so that both take their time at once.

    Most courses are content with the modules it starts with, or want some more. :meth:`fitted` has to be called before
    it gets ready.
    """

    def __init__(self, isolation: Isolation | None = None) -> None:
        """Start it.

        Args:
            isolation: what the command line asks for; None for the course's setting.

        Raises:
            IsolationError: it cannot be started.
        """
        self._asked = isolation
        self._isolation = isolation or Isolation.SANDBOX
        self._zygote = Zygote.start(isolation=self._isolation, awaits_more=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zygote.close()

    def fitted(self, course: Course, sheet: Sheet | None = None) -> Zygote:
        """Return a zygote with the modules and the isolation that ``course`` asks for, and with those that ``sheet`` is
        known to import; the command line's word counts before the course's.
        """
        from sheetgrader.store.kept_imports import read_imports

        if self._asked is not None:
            course.settings.isolation = self._asked.value
        isolation = Isolation(course.settings.isolation)
        preload = tuple(course.settings.preload)
        if isolation is self._isolation and set(preload) >= set(DEFAULT_PRELOAD):
            kept = read_imports(sheet) if sheet is not None else None
            more = [name for name in preload if name not in DEFAULT_PRELOAD]
            self._zygote.preload_more(more, shared=kept.modules if kept else ())
        else:
            self._zygote.close()
            self._zygote = Zygote.start(preload=preload, isolation=isolation)
        return self._zygote
