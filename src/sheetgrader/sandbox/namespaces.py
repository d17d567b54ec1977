"""Namespaces: which ones a sandbox has of its own, and how a process leaves those of the machine."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Final

from sheetgrader.errors import IsolationError
from sheetgrader.sandbox import syscalls
from sheetgrader.sandbox.locking import Ring

#: Who the zygote is, where it can choose: nobody else's number.
_UNPRIVILEGED: Final = 65533


def namespaces(without: Collection[Ring] = ()) -> int:
    """Return the flags for :func:`~sheetgrader.sandbox.syscalls.clone` that put a child into namespaces of its own."""
    flags = syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWCGROUP
    for ring, flag in (
        (Ring.PROCESS_NAMESPACE, syscalls.CLONE_NEWPID),
        (Ring.NETWORK_NAMESPACE, syscalls.CLONE_NEWNET),
        (Ring.IPC_NAMESPACE, syscalls.CLONE_NEWIPC),
    ):
        if ring not in without:
            flags |= flag
    return flags


def leave_namespaces(flags: int) -> bool:
    """Leave the host's namespaces for new ones; return whether this took the machine's own privileges rather than a
    user namespace.

    Raises:
        IsolationError: user namespaces are refused.
    """
    try:
        syscalls.unshare(flags)
    except PermissionError:
        pass
    else:
        return True
    if os.geteuid() == 0:
        # A root user without the privilege to mount, in a container. Processes of the root user escape the limit on
        # processes.
        become_unprivileged()
    user, group = os.geteuid(), os.getegid()
    try:
        syscalls.unshare(flags | syscalls.CLONE_NEWUSER)
        syscalls.map_user(_UNPRIVILEGED, user, group)
    except OSError as error:
        raise IsolationError(f"user namespaces are refused ({error})") from None
    return False


def become_unprivileged() -> None:
    """Change from the root user to one that nothing belongs to."""
    os.setgroups([])
    os.setresgid(_UNPRIVILEGED, _UNPRIVILEGED, _UNPRIVILEGED)
    os.setresuid(_UNPRIVILEGED, _UNPRIVILEGED, _UNPRIVILEGED)
    syscalls.process_control(syscalls.PR_SET_DUMPABLE, 1)
