"""What happens while a class is graded, as it happens."""

from __future__ import annotations

import msgspec

from sheetgrader.execution.reports import GroupReport


class Started(msgspec.Struct, frozen=True):
    """A worker has been given a group's submission."""

    group: str


class Ended(msgspec.Struct, frozen=True):
    """Nothing more happens to a group."""

    report: GroupReport

    @property
    def group(self) -> str:
        """Whose it is."""
        return self.report.group


class Graded(Ended, frozen=True):
    """A submission has been graded and, unless nothing is to be written, recorded."""


class Failed(Ended, frozen=True):
    """Nothing could be made of what a group handed in: a human decides about all of it."""


class LeftAsItIs(Ended, frozen=True):
    """A submission was graded earlier and nothing that decides its result has changed."""


class PutRight(Ended, frozen=True):
    """A submission was graded earlier and has not changed, but the gradebook did not say so: now it does."""


class Progress(msgspec.Struct, frozen=True):
    """How many of the groups are done, whatever became of them."""

    done: int
    total: int


Event = Started | Graded | Failed | LeftAsItIs | PutRight | Progress
