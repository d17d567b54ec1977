"""Where the details of the program's own mistakes go: people get a sentence, whoever mends it the traceback."""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sheetgrader.boundary.plain_text import plain, shortened

#: The beginning and the end of a traceback tell what went wrong, however much a stranger wrote into the middle.
_MOST_CHARACTERS: Final = 40_000


def write_error_log(course: Path) -> Path:
    """Write the traceback of the exception in hand where it can be found, and return where that is."""
    text = (
        f"{time.strftime('%Y-%m-%d %H:%M:%S')} sheetgrader {version('sheetgrader')}:"
        f" {' '.join(sys.argv[1:])}\n{plain(shortened(traceback.format_exc(), _MOST_CHARACTERS))}\n"
    )
    # A folder that is no course is left as it is.
    if (course / "nbgrader_config.py").exists():
        path = course.absolute() / ".sheetgrader" / "errors.log"
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(text)
            return path
    with tempfile.NamedTemporaryFile(
        "w", prefix="sheetgrader-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as elsewhere:
        elsewhere.write(text)
    return Path(elsewhere.name)
