"""Run a command as a user without any privilege: ``python ordinary_user.py [--masked-proc] command arguments``; only
root can.

The command finds this Python and project even where they lie in a folder that other users cannot enter, and it can
never gain a privilege again. ``--masked-proc`` hides a part of /proc, as containers do.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from sheetgrader.sandbox import syscalls

NOBODY = 65533


def make_reachable(folder: Path) -> None:
    """Cover the first folder on the way to ``folder`` that others cannot enter by an empty one, with only ``folder`` in
    it.
    """
    for ancestor in reversed(folder.parents):
        if not ancestor.stat().st_mode & stat.S_IXOTH:
            # Through the descriptor the folder is still found once its place is covered.
            descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
            syscalls.mount("cover", str(ancestor), "tmpfs", options="mode=755")
            folder.mkdir(parents=True)
            syscalls.mount(f"/proc/self/fd/{descriptor}", str(folder), flags=syscalls.MS_BIND | syscalls.MS_REC)
            os.close(descriptor)
            return


def main(arguments: list[str]) -> None:
    """Give up everything and run the command."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    for folder in (Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), Path(__file__).resolve().parents[2]):
        make_reachable(folder)
    if arguments[0] == "--masked-proc":
        arguments = arguments[1:]
        syscalls.mount("/dev/null", "/proc/interrupts", flags=syscalls.MS_BIND)
    os.setgroups([])
    for capability in range(64):
        try:
            syscalls.process_control(syscalls.PR_CAPBSET_DROP, capability)
        except OSError:
            break
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.execvp(arguments[0], arguments)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
