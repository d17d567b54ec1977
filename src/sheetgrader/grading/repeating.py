"""Tells whether texts repeat any of many lines, in about the same time however many lines there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

#: Lines are looked for by so many characters of theirs; shorter ones are not looked for.
SHORTEST_LINE: Final = 12
_CHUNK: Final = 1 << 20
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
#: Parts of lines found in one text. Who has this many, of lines that are no student's to know, repeats them.
_MOST_PARTS: Final = 10_000

_Numbers = npt.NDArray[np.uint64]


class LineSearch:
    """Looks for lines, wherever in a text they stand.

    One part of each line, of :data:`SHORTEST_LINE` characters, is looked for by its number; the line itself only where
    its part was found.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Prepare to look for ``lines``; those that are too short are left out."""
        numbers = {line: _numbers(line) for line in set(lines) if len(line) >= SHORTEST_LINE}
        common = Counter(number for found in numbers.values() for number in set(found.tolist()))
        #: Lines, and where in each its part begins, by the number of the part.
        self._lines: dict[int, list[tuple[str, int]]] = {}
        for line, found in numbers.items():
            # The rarer and the more varied a part is, the less often it is found by chance.
            start = min(
                range(len(found)),
                key=lambda at, line=line, found=found: (  # type: ignore[misc]  # bound to this turn of the loop
                    common[int(found[at])],
                    -len(set(line[at : at + SHORTEST_LINE])),
                ),
            )
            self._lines.setdefault(int(found[start]), []).append((line, start))
        self._parts = np.fromiter(self._lines, np.uint64, len(self._lines))
        self._is_possible = np.zeros(1 << 16, bool)
        self._is_possible[_short(self._parts)] = True

    def finds_any(self, text: str) -> bool:
        """Tell whether ``text`` repeats any of the lines."""
        if not self._lines:
            return False
        found = 0
        for chunk in range(0, len(text), _CHUNK):
            numbers = _numbers(text[chunk : chunk + _CHUNK + SHORTEST_LINE - 1])
            possible = np.flatnonzero(self._is_possible[_short(numbers)])
            for place in possible[np.isin(numbers[possible], self._parts)].tolist():
                found += 1
                if found > _MOST_PARTS or any(
                    text.startswith(line, chunk + place - start)
                    for line, start in self._lines[int(numbers[place])]
                    if chunk + place >= start
                ):
                    return True
        return False


def _numbers(text: str) -> _Numbers:
    """Return a number for each piece of :data:`SHORTEST_LINE` characters: the same for the same piece, and hardly ever
    for another.
    """
    single = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    if len(single) < SHORTEST_LINE:
        return single[:0]
    double = single[:-1] * _BASE + single[1:]
    four = double[:-2] * _BASE**2 + double[2:]
    eight = four[:-4] * _BASE**4 + four[4:]
    twelve: _Numbers = eight[:-4] * _BASE**4 + four[8:]
    return twelve


def _short(numbers: _Numbers) -> npt.NDArray[np.intp]:
    return (numbers >> np.uint64(48)).astype(np.intp)
