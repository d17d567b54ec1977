"""The private folder that sockets stand in; it never outlives its owner for long, nor do the control groups that links
in it name.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from sheetgrader.sandbox import control_group

_PREFIX: Final = "sheetgrader-"
_UNFINISHED_PREFIX: Final = ".sheetgrader-"
_LOCK: Final = "lock"
_GROUP: Final = "group"
#: A Unix socket's path has at most 107 bytes; what stands in the folder needs the rest.
_LONGEST_PARENT: Final = 60


class RuntimeFolder:
    """A folder that only this user can enter; a lock on a file in it tells others that its owner lives."""

    def __init__(self) -> None:
        parent = _parent()
        sweep(parent)
        # Under its final name it is always locked already, so no other process takes it for a dead one's.
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED_PREFIX, dir=parent))
        self._lock = os.open(unfinished / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = unfinished.rename(parent / unfinished.name.removeprefix("."))

    def close(self) -> None:
        """Remove the folder with all in it; does nothing the second time."""
        if self._lock >= 0:
            _clear(self.path)
            os.close(self._lock)
            self._lock = -1


def _parent() -> Path:
    parent = Path(tempfile.gettempdir())
    # A folder with an unguessable name is made in it.
    return parent if len(str(parent)) <= _LONGEST_PARENT else Path("/tmp")  # noqa: S108


def sweep(parent: Path) -> None:
    """Remove the folders in ``parent`` that this user's dead processes left behind."""
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(folder)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)


def name_group(kernel_folder: Path, group: Path) -> None:
    """Note in a kernel's folder which control group to remove with it."""
    (kernel_folder / _GROUP).symlink_to(group)


def _clear(folder: Path) -> None:
    for link in folder.glob(f"*/{_GROUP}"):
        # A plain process could have put its own link there.
        if link.is_symlink() and link.readlink().name.startswith(_PREFIX):
            control_group.remove(link.readlink())
    remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove ``folder`` with all in it, folders without permissions too; one that is gone already is fine."""
    for parent, _, _ in os.walk(folder):
        for name in os.listdir(parent):  # noqa: PTH208  # names for a folder that was just made readable
            path = Path(parent, name)
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
