"""Documents that are kept while somebody may ask for them again, up to a size; those asked for last stay longest."""

from __future__ import annotations

from collections import OrderedDict


class KeptDocuments:
    """Documents by what they were made of."""

    def __init__(self, most_characters: int) -> None:
        """Nothing is kept yet."""
        self._most = most_characters
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._characters = 0

    def get(self, made_of: bytes) -> str | None:
        """Return the document that was made of something; None where it is not kept."""
        if (known := self._kept.get(made_of)) is not None:
            self._kept.move_to_end(made_of)
        return known

    def keep(self, made_of: bytes, document: str) -> None:
        """Keep a document, and let go of others where there is no room."""
        self._kept[made_of] = document
        self._characters += len(document)
        while self._characters > self._most and len(self._kept) > 1:
            self._characters -= len(self._kept.popitem(last=False)[1])
