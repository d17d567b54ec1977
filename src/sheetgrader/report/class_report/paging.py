"""Pages that grow with the class, cut where they become too long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from markupsafe import Markup

#: With what stands around its parts, a page stays below 5 MB.
_MOST_CHARACTERS: Final = 4_000_000
_MOST_PARTS: Final = 150


class PagedWriter:
    """Writes parts that come one after another into as many pages as they need."""

    def __init__(
        self,
        folder: Path,
        name: str,
        render: Callable[[list[Markup], int, str, str], bytes],
        most_parts: int = _MOST_PARTS,
    ) -> None:
        """Nothing is written yet.

        Args:
            folder: where the pages go.
            name: what their names begin with.
            render: makes a page of its parts, its number, and the addresses of the pages before and after it, empty
                where there is none.
            most_parts: no page has more.
        """
        self._folder = folder
        self._name = name
        self._render = render
        self._most_parts = most_parts
        self._parts: list[Markup] = []
        self._characters = 0
        #: How many pages are written.
        self.pages = 0

    @property
    def first(self) -> str:
        """The name of the first page."""
        return self._file(1)

    def add(self, part: Markup) -> None:
        """Add a part, on a new page where the present one has no room for it."""
        size = len(part.encode("utf-8", "replace"))
        if self._parts and (self._characters + size > _MOST_CHARACTERS or len(self._parts) >= self._most_parts):
            self._write(is_last=False)
        self._parts.append(part)
        self._characters += size

    def close(self) -> None:
        """Write what is left."""
        if self._parts:
            self._write(is_last=True)

    def _write(self, *, is_last: bool) -> None:
        number = self.pages + 1
        before = self._file(number - 1) if number > 1 else ""
        page = self._render(self._parts, number, before, "" if is_last else self._file(number + 1))
        (self._folder / self._file(number)).write_bytes(page)
        self.pages = number
        self._parts, self._characters = [], 0

    def _file(self, number: int) -> str:
        return f"{self._name}.html" if number == 1 else f"{self._name}-{number}.html"
