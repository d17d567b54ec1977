"""What works in a notebook at home and fails where it is graded, each told in one clause: above all, what wanted a
network, and what failed because of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

#: What is told of a network.
WITHOUT_NETWORK: Final = "the sheet is graded without a network"

#: What programs and libraries say who find no network.
_SAID: Final = re.compile(
    r"Temporary failure in name resolution|Name or service not known|No address associated with hostname"
    r"|Network is unreachable|NameResolutionError|Failed to establish a new connection|Max retries exceeded"
    r"|Could not resolve host|unable to resolve host|\[Errno (?:101|-2|-3|-5)\]|\bgaierror\b|\bURLError\b"
    r"|LocalEntryNotFoundError|[Cc]ouldn't connect to 'http|Error downloading |No matching distribution found"
    r"|no internet connection"
)
#: Colab's own library and what it mounts.
_COLAB: Final = re.compile(r"No module named 'google(?:\.colab)?'|: '/content/drive")
#: What else a sandbox refuses that an ordinary machine allows.
_OTHERS: Final = (
    (re.compile(r"Read-only file system"), "only the notebook's folder, the one above it and /tmp can be written to"),
    (
        re.compile(r"\[Errno 13\] Permission denied: '(?:\.\./\.\.|/)"),
        "only the notebook's folder, the one above it, /tmp and the libraries can be looked into",
    ),
    (
        re.compile(r"\[Errno 95\] Operation not supported|/gloo/transport/tcp/device\.cc"),
        "programs in the sandbox cannot ask for network interfaces",
    ),
)
#: Commands that do nothing else than ask a network, some of them without a word where there is none.
_ASKED: Final = re.compile(
    r"^[ \t]*[!%][ \t]*(?:sudo[ \t]+)?"
    r"(?:wget|curl|gdown|kaggle|apt|apt-get|(?:conda|mamba)[ \t]+install|git[ \t]+clone)[ \t]",
    re.MULTILINE,
)
#: Errors that say that something is not there which another cell should have brought.
_MISSING: Final = frozenset({"NameError", "ModuleNotFoundError", "ImportError", "FileNotFoundError"})
_NAME: Final = re.compile(r"\bname '([^\W\d]\w{0,79})' is not defined|^`([^\W\d]\w{0,79})` is not defined")
_WORD: Final = re.compile(r"\w+")
#: So much of what a cell printed is looked through, from its end.
_MOST_TEXT: Final = 1 << 16


def is_told_of(text: str) -> bool:
    """Tell whether ``text`` is about a network that is not there."""
    return bool(_SAID.search(text) or _COLAB.search(text))


class WantedNetwork:
    """Which cells of a notebook wanted a network, and what failed because of them."""

    def __init__(self) -> None:
        #: By the names of the cells: all words of their code, of which some may be names that they did not come to
        #: define.
        self._cells: dict[str, frozenset[str]] = {}

    def by_cell(self, cell: str, source: str, error: tuple[str, str] | None, printed: Iterable[str]) -> str:
        """Take note of a cell that has run; return what is to be told of it, as a clause, or nothing.

        Args:
            cell: its name.
            source: its code.
            error: name and text of the exception that ended it, or None.
            printed: what it printed.
        """
        said = "" if error is None else f"{error[0]}: {error[1]}"
        if is_told_of(said) or _ASKED.search(source) or any(_SAID.search(text[-_MOST_TEXT:]) for text in printed):
            clause = WITHOUT_NETWORK
        else:
            clause = "" if error is None else self.behind(*error)
        if clause.startswith(WITHOUT_NETWORK):
            self._cells[cell] = frozenset(_WORD.findall(source))
        return clause

    def behind(self, ename: str, evalue: str) -> str:
        """Return what is to be told of an error called ``ename`` with the text ``evalue``, as a clause, or nothing."""
        if is_told_of(f"{ename}: {evalue}"):
            return WITHOUT_NETWORK
        if ename not in _MISSING:
            return next((clause for pattern, clause in _OTHERS if pattern.search(evalue)), "")
        found = _NAME.search(evalue)
        name = found and (found[1] or found[2])
        because = next((cell for cell, words in self._cells.items() if name is None or name in words), None)
        return "" if because is None else f"{WITHOUT_NETWORK}, which {because} asked for"
