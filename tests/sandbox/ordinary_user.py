"""Run a command as a user without any privilege: ``python ordinary_user.py [--masked-proc] [--user NAME] command
arguments``; only root can.

The command finds this Python and project even where they lie in a folder that other users cannot enter, and it can
never gain a privilege again. ``--masked-proc`` hides a part of /proc, as containers do; without ``--user`` it is a user
of a number alone.
"""

from __future__ import annotations

import os
import pwd
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sheetgrader.sandbox import syscalls

NOBODY = 65533


def make_reachable(folders: Iterable[Path]) -> None:
    """Cover what keeps other users from these folders by empty folders, with only ``folders`` in them."""
    closed = {folder: first for folder in folders if (first := _first_closed(folder)) is not None}
    # Through its descriptor a folder is still found once the way to it is covered.
    descriptors = {folder: os.open(folder, os.O_PATH | os.O_DIRECTORY) for folder in closed}
    for first in set(closed.values()):
        _cover(first)
    # A folder comes before those in it, which it would hide.
    for folder in sorted(closed):
        _show(Path(f"/proc/self/fd/{descriptors[folder]}"), folder)
        os.close(descriptors[folder])


def _first_closed(folder: Path) -> Path | None:
    return next((path for path in (*reversed(folder.parents), folder) if not _is_open(path)), None)


def _is_open(path: Path) -> bool:
    """Tell whether others may enter a folder."""
    return bool(path.stat().st_mode & stat.S_IXOTH)


def _cover(folder: Path) -> None:
    syscalls.mount("cover", str(folder), "tmpfs", options="mode=755")


def _show(found: Path, place: Path) -> None:
    """Put a folder in another place; one that others cannot enter, by what it holds."""
    place.mkdir(parents=True, exist_ok=True)
    if _is_open(found):
        syscalls.mount(str(found), str(place), flags=syscalls.MS_BIND | syscalls.MS_REC)
        return
    entries = list(found.iterdir())
    _cover(place)
    for entry in entries:
        if entry.is_symlink():
            (place / entry.name).symlink_to(entry.readlink())
        elif entry.is_dir():
            _show(entry, place / entry.name)
        else:
            (place / entry.name).touch()
            syscalls.mount(str(entry), str(place / entry.name), flags=syscalls.MS_BIND)


def _folders() -> Iterator[Path]:
    """Name what the command needs: the project, this Python, and whatever leads from the one to the other."""
    yield Path(__file__).resolve().parents[2]
    yield Path(sys.prefix).resolve()
    yield Path(sys.base_prefix).resolve()
    executable = Path(sys.executable)
    while executable.is_symlink():
        yield executable.parent.resolve()
        executable = executable.parent / executable.readlink()


def main(arguments: list[str]) -> None:
    """Give up everything and run the command."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    make_reachable(_folders())
    if arguments[0] == "--masked-proc":
        arguments = arguments[1:]
        syscalls.mount("/dev/null", "/proc/interrupts", flags=syscalls.MS_BIND)
    user = group = NOBODY
    if arguments[0] == "--user":
        found = pwd.getpwnam(arguments[1])
        user, group, arguments = found.pw_uid, found.pw_gid, arguments[2:]
    os.setgroups([])
    for capability in range(64):
        try:
            syscalls.process_control(syscalls.PR_CAPBSET_DROP, capability)
        except OSError:
            break
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    os.execvp(arguments[0], arguments)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
