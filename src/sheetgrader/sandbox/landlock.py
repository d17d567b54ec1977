"""Landlock: the kernel's own list of what this process may do to which files, kept even where another ring should fail.

Rules exist only for what they allow, so all else is refused. Constants from ``linux/landlock.h``.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

from sheetgrader.sandbox import syscalls

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_FOLDER: Final = 1 << 3
_MAKE_CHARACTER_DEVICE: Final = 1 << 6
_MAKE_BLOCK_DEVICE: Final = 1 << 11
_TRUNCATE: Final = 1 << 14
_IOCTL_DEVICE: Final = 1 << 15

_READ: Final = _EXECUTE | _READ_FILE | _READ_FOLDER
#: What a rule on a file may name; the others concern folders.
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE

#: How many of the access rights each version of Landlock knows.
_RIGHTS_BY_VERSION: Final = ((1, 13), (2, 14), (3, 15), (5, 16))
_SCOPES_SINCE: Final = 6
#: Abstract sockets and signals of processes outside.
_ALL_SCOPES: Final = 0b11

_VERSION_FLAG: Final = 1
_RULE_PATH_BENEATH: Final = 1


def version() -> int:
    """Return the version of Landlock that this kernel offers, 0 for none."""
    try:
        return syscalls.call("landlock_create_ruleset", None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def known_rights(landlock_version: int) -> int:
    """Return the access rights that ``landlock_version`` can refuse."""
    return max((1 << count) - 1 for since, count in _RIGHTS_BY_VERSION if since <= landlock_version)


def restrict(readable: Iterable[str], writable: Iterable[str], devices: Iterable[str]) -> None:
    """Allow this process only these files and folders with all in them, for good; needs no_new_privs.

    Raises:
        OSError: this kernel has no Landlock, or refuses the rules.
    """
    offered = version()
    if not offered:
        raise OSError("Landlock is not there")
    rights = known_rights(offered)
    # Handled file rights, handled network rights (none: the network namespace has no network), scopes; older kernels
    # know the first only.
    attributes = struct.pack("=QQQ", rights, 0, _ALL_SCOPES) if offered >= _SCOPES_SINCE else struct.pack("=Q", rights)
    rules = syscalls.call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path in readable:
            _allow(rules, path, _READ & rights)
        for path in writable:
            _allow(rules, path, rights & ~_MAKE_CHARACTER_DEVICE & ~_MAKE_BLOCK_DEVICE)
        for path in devices:
            _allow(rules, path, (_READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE) & rights)
        syscalls.call("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, target)
        syscalls.call("landlock_add_rule", rules, _RULE_PATH_BENEATH, rule, 0, about=path)
    finally:
        os.close(target)
