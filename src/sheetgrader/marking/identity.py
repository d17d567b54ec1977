"""What answers are called where nobody may know whose they are: ids, clusters and an order keyed by a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence

from sheetgrader.marking.answer_index import CellKey

#: Hexadecimal digits of an id: nobody meets two that are the same.
_ID_LENGTH = 24
_CLUSTER_LENGTH = 12


class Identities:
    """Names for the answers of one sheet."""

    def __init__(self, secret: bytes, sheet: str) -> None:
        """Prepare it.

        Args:
            secret: the course's.
            sheet: name of the sheet.
        """
        self._key = hmac.digest(secret, b"marking", "sha256")
        self._sheet = sheet

    def answer(self, cell: CellKey, group: str) -> str:
        """Return the id of a group's answer."""
        return self._name("answer", *cell, group)[:_ID_LENGTH]

    def folder(self, group: str) -> str:
        """Return the id of all that a group has handed in."""
        return self._name("folder", group)[:_ID_LENGTH]

    def cluster(self, cell: CellKey, what: str) -> str:
        """Return the id of answers to one question that have ``what`` in common."""
        return self._name("cluster", *cell, what)[:_CLUSTER_LENGTH]

    def in_order(self, cell: CellKey, groups: Iterable[str]) -> list[str]:
        """Return groups in the order in which a question's answers are shown: random, and always the same."""
        return sorted(groups, key=lambda group: self._name("order", *cell, group))

    def shares(
        self, cell: CellKey, clusters: Mapping[str, Sequence[str]], markers: Sequence[str]
    ) -> dict[str, list[str]]:
        """Return which answers to a question each marker marks, clusters in one hand.

        Args:
            cell: the question.
            clusters: ids of answers, by cluster.
            markers: who marks.
        """
        found: dict[str, list[str]] = {marker: [] for marker in markers}
        # Who begins is another for each question, so that remainders are spread.
        turn = {marker: self._name("turn", *cell, marker) for marker in markers}
        for cluster in sorted(clusters, key=lambda one: (-len(clusters[one]), self._name("share", *cell, one))):
            fewest = min(markers, key=lambda marker: (len(found[marker]), turn[marker]))
            found[fewest] += sorted(clusters[cluster])
        return found

    def _name(self, *what: str) -> str:
        message = json.dumps([self._sheet, *what]).encode()
        return hmac.digest(self._key, message, hashlib.sha256).hex()
