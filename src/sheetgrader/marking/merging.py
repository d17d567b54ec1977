"""Marks that come back in packets' files: which are taken, and which somebody has to decide on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import MergeReport, PacketMark


def read_marks_file(path: Path) -> tuple[PacketMark, ...]:
    """Return what a marks file holds, a :class:`PacketMark` in each line.

    Raises:
        MarkingError: it cannot be read, or a line of it is no mark; the sentence names file and line.
    """
    raise NotImplementedError


def merge(marking: Marking, marks: Iterable[PacketMark]) -> MergeReport:
    """Take in what packets bring; of a marker's several marks for one answer the latest counts."""
    raise NotImplementedError
