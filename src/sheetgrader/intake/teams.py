"""Who handed in: from the name of an archive or folder, or from the notebook's cell ``team``, which is read and never
run.
"""

from __future__ import annotations

import ast
import codecs
import hashlib
import re
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from sheetgrader.boundary import untrusted_json
from sheetgrader.intake.names import MOST_CHARACTERS, is_part_of_name, is_same_name, plain_name

#: More members than any group has.
_MOST_MEMBERS: Final = 20
#: A cell with more in it is no list of members.
_MOST_SOURCE: Final = 4000
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a group, as the group wrote it."""

    name: str = ""
    student_id: str = ""
    email: str = ""


def members_in_name(name: str, pattern: str) -> tuple[Member, ...]:
    """Return the members that an archive's name tells, as ``Lovelace_1234567_Turing_7654321``; nobody where it does not
    match ``pattern``.
    """
    if not pattern or not re.fullmatch(pattern, name):
        return ()
    words = name.split("_")
    pairs = list(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or not all(student_id.isdigit() for _, student_id in pairs):
        return ()
    return tuple(Member(name=word, student_id=student_id) for word, student_id in pairs)


def members_in_notebook(content: bytes) -> tuple[Member, ...]:
    """Return the members whom the cell ``team`` of a notebook lists; nobody where there is no such cell or it cannot be
    understood.
    """
    try:
        notebook = untrusted_json.read(_as_utf8(content))
    except ValueError:
        return ()
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        if _grade_id(cell) == "team" and cell.get("cell_type") == "code":
            source = cell.get("source")
            lines = source if isinstance(source, list) else [source]
            return _members("".join(line for line in lines if isinstance(line, str)))
    return ()


def merged(named: Sequence[Member], listed: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members whom the name tells, with what the notebook says of them; those of the notebook where the name
    tells nobody.
    """
    known = {member.student_id: member for member in listed}
    return tuple(
        Member(
            name=known[member.student_id].name or member.name,
            student_id=member.student_id,
            email=known[member.student_id].email,
        )
        if member.student_id in known
        else member
        for member in named
    ) or tuple(listed)


def student_ids(members: Iterable[Member]) -> frozenset[str]:
    """Return the student ids of ``members``, as far as they gave any."""
    return frozenset(member.student_id for member in members if member.student_id)


def group_name(members: Sequence[Member], otherwise: str) -> str:
    """Return what to call a group: the same, in whichever order its members are given.

    It is nbgrader's id for the group and the name of a folder: letters, digits, dots, hyphens and underscores, no dot
    at its beginning.
    """
    if not members or not all(member.student_id for member in members):
        return safe_name(otherwise)
    ordered = sorted(members, key=lambda member: member.student_id)
    return safe_name(
        "_".join(f"{(member.name.split() or [''])[-1]}_{member.student_id}".strip("_") for member in ordered)
    )


def first_and_last_names(members: Iterable[Member]) -> tuple[str, str]:
    """Return the members' first names and their last names, each in the same order: how a gradebook with one student
    for a whole group can say who that is.
    """
    pairs = [_first_and_last(member.name) for member in members if member.name]
    return (" / ".join(first for first, _ in pairs) if any(first for first, _ in pairs) else ""), " / ".join(
        last for _, last in pairs
    )


def _first_and_last(name: str) -> tuple[str, str]:
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return first, last


def goes_by(person: str, member: Member) -> bool:
    """Say whether ``person``, as the LMS calls whoever handed in, can be ``member`` by name or by e-mail address."""
    address = _NO_LETTERS.sub(" ", member.email.partition("@")[0])
    # Moodle puts the name of a group in front, with a hyphen.
    return any(
        is_same_name(name, member.name) or (len(f"{name} {address}".split()) > 2 and is_same_name(name, address))
        for name in (person, person.partition("-")[2])
    )


def is_stranger(person: str, members: Sequence[Member]) -> bool:
    """Say whether ``person``, as the LMS calls whoever handed in, is none of ``members`` by name."""
    named = [member for member in members if member.name]
    # The name of an archive tells no first names.
    return bool(person and named) and not any(
        goes_by(person, member) or is_part_of_name(member.name, person) for member in named
    )


def safe_name(name: str) -> str:
    """Return a name as that of a folder and of nbgrader's id for a group."""
    safe = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", name)).strip("-._") or "group"
    if len(safe.encode()) <= 150:
        return safe
    return f"{safe[:30]}-{hashlib.sha256(safe.encode()).hexdigest()[:16]}"


def _as_utf8(content: bytes) -> bytes:
    """Return a notebook as UTF-8, where it says that it is written otherwise: it is graded all the same.

    Raises:
        ValueError: it says so, and is not.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16").encode("utf-8")
    return content.removeprefix(codecs.BOM_UTF8)


def _grade_id(cell: Any) -> object:
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    roles = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return roles.get("grade_id") if isinstance(roles, dict) else None


def _members(source: str) -> tuple[Member, ...]:
    try:
        with warnings.catch_warnings():
            # Python warns of odd escapes in students' texts.
            warnings.simplefilter("ignore")
            statements = ast.parse(source[: _MOST_SOURCE + 1]).body if len(source) <= _MOST_SOURCE else []
            values = [
                ast.literal_eval(each.value)
                for each in statements
                if isinstance(each, ast.Assign) and _is_team(each.targets)
            ]
    except Exception:  # noqa: BLE001 # Python answers hostile text with many kinds of exception
        return ()
    entries = values[-1] if values and isinstance(values[-1], list | tuple) else ()
    members = [
        Member(**{field: _text(entry.get(field)) for field in Member.__struct_fields__})
        for entry in entries
        if isinstance(entry, dict)
    ]
    return tuple(member for member in members[:_MOST_MEMBERS] if member != Member())


def _is_team(targets: Sequence[ast.expr]) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "TEAM" for target in targets)


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        # Python refuses to write out much longer numbers.
        return str(value) if abs(value) < 10**MOST_CHARACTERS else ""
    return plain_name(value) if isinstance(value, str) else ""
