"""Files that may be a sheet's notebook under another name: as browsers, file managers and mail programs leave them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

_ENDINGS: Final = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json")
#: Endings that other files have as well: with them, only the notebook's own name tells.
_AMBIGUOUS: Final = (".json",)


def look_alikes(name: str, paths: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return which of ``paths`` may be the notebook called ``name``, without its ending, beside the one that is.

    Args:
        name: of the notebook.
        paths: of all files that were handed in.
        names: of all notebooks of the sheet: where there are several, only names that begin alike can be told apart.
    """
    expected = {f"{each}.ipynb" for each in names}
    return sorted(path for path in paths if path not in expected and _may_be(path, name, names))


def _may_be(path: str, name: str, names: Collection[str]) -> bool:
    file = PurePosixPath(path).name.casefold()
    ending = next((ending for ending in sorted(_ENDINGS, key=len, reverse=True) if file.endswith(ending)), None)
    if ending is None or file.startswith("."):
        return False
    stem = file.removesuffix(ending)
    if ending in _AMBIGUOUS:
        return stem == name.casefold()
    if len(names) == 1:
        return True
    begun = [each for each in names if stem.startswith(each.casefold())]
    return bool(begun) and max(begun, key=len) == name
