"""The course's secret, which the graders' random inputs are drawn from."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sheetgrader.errors import CourseError

_LENGTH = 32


def course_secret(folder: Path) -> bytes:
    """Return the secret kept in ``folder``, made when there is none yet; of two that are made at the same time one
    stays.

    Raises:
        CourseError: it cannot be read or written, or is not what was written once.
    """
    path = folder / "secret"
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    except OSError as error:
        raise CourseError(f"the course's secret {path} cannot be used: {error.strerror}") from None
    if len(secret) != _LENGTH:
        raise CourseError(
            f"the course's secret {path} is damaged; delete it to have another made: the graders' random inputs will be"
            " others, and marks in packets that were written before are of nobody"
        )
    return secret


def known_secret(folder: Path) -> bytes:
    """Return the secret kept in ``folder``, or one for this once where there is none; nothing is written.

    Raises:
        CourseError: it cannot be read, or is not what was written once.
    """
    return course_secret(folder) if (folder / "secret").exists() else secrets.token_bytes(_LENGTH)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_LENGTH))
        # Unlike a rename, a link does not replace what another process has put there meanwhile.
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
