"""What random inputs follow from: the code of an answer, whatever its comments and its layout.

Code counts as Python parses it. What does not parse, or is too long to be parsed, counts by its text; there a changed
comment draws other inputs, and nothing worse.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

#: Of one cell or file, and of all in a notebook or a folder; what people write is far shorter.
_MOST_CHARACTERS: Final = 1 << 16
_MOST_CHARACTERS_TOGETHER: Final = 1 << 18
#: How deep code may be nested to be parsed: far less than what Python's stack leaves, wherever this is called from.
_DEEPEST: Final = 150
#: What is written for people, by its ending. Nothing that is left out here can change a verdict in silence: where the
#: inputs are the same and the verdict is another, a person decides.
_FOR_PEOPLE: Final = frozenset(
    {".docx", ".heic", ".jpeg", ".jpg", ".md", ".odt", ".pdf", ".png", ".rtf", ".tex", ".ipynb"}
)
#: Written by whoever takes the files in.
_TIMESTAMP: Final = "timestamp.txt"


def digests_of_cells(sources: Iterable[str]) -> list[bytes]:
    """Return for each cell of a notebook, in their order, a digest of its code and of all code before it."""
    together, code, found = hashlib.sha256(), _Code(), []
    for source in sources:
        together.update(code.digest(source))
        found.append(together.digest())
    return found


def digest_of_files(files: Mapping[str, bytes], instructors: Mapping[str, bytes]) -> bytes:
    """Return a digest of what a group handed in beside its notebooks, for its code and for graders to read.

    Args:
        files: all that lies beside the notebooks, by relative path.
        instructors: the instructor's files; the same content there is none of the group's.
    """
    together, code = hashlib.sha256(), _Code()
    for path, content in sorted(files.items()):
        if instructors.get(path) == content or _is_for_people(path):
            continue
        together.update(_digest(b"name", path))
        together.update(code.digest_of_file(content) if path.endswith(".py") else hashlib.sha256(content).digest())
    return together.digest()


def _is_for_people(path: str) -> bool:
    return path == _TIMESTAMP or PurePosixPath(path).suffix.lower() in _FOR_PEOPLE


class _Code:
    """Digests of pieces of code, of which no more is parsed than has a bound."""

    def __init__(self) -> None:
        self._characters_left = _MOST_CHARACTERS_TOGETHER

    def digest(self, source: str) -> bytes:
        """Return a digest of a cell or script; an empty one for what holds no code."""
        if not source.strip():
            return b""
        if len(source) <= min(_MOST_CHARACTERS, self._characters_left):
            self._characters_left -= len(source)
            for kind, text in ((b"code", source), (b"magics", _without_magics(source))):
                parsed = _parsed(text)
                if parsed is not None:
                    return _digest(kind, parsed) if parsed else b""
        return _digest(b"text", source)

    def digest_of_file(self, content: bytes) -> bytes:
        """Return a digest of a Python file."""
        try:
            return self.digest(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return hashlib.sha256(content).digest()


def _parsed(source: str) -> str | None:
    """Return code as Python reads it, without places and empty where there is none; None where it cannot be read."""
    with warnings.catch_warnings():
        # It warns of a student's escape sequences.
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
            if _is_deep(tree):
                return None
            return ast.dump(tree) if tree.body else ""
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _is_deep(tree: ast.AST) -> bool:
    level = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _without_magics(source: str) -> str:
    """Return a cell with IPython's magics, and lines for the shell, as calls with their text."""
    return "\n".join(_without_magic(line) for line in source.split("\n"))


def _without_magic(line: str) -> str:
    command = line.lstrip(" \t")
    if not command.startswith(("%", "!")):
        return line
    return f"{line[: len(line) - len(command)]}__magic__({command.rstrip()!r})"


def _digest(kind: bytes, text: str) -> bytes:
    return hashlib.sha256(kind + b"\0" + text.encode("utf-8", "surrogatepass")).digest()
