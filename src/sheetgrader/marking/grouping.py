"""Which answers are to be marked together: equal and near-equal texts, code of equal verdicts, empty ones.

Each answer's text is read once. What is kept of it has a bound, and so does what it is compared with.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from sheetgrader.results import CellResult

#: Texts are near-equal where they share this part of their phrases: in a text of a hundred words, two other words at
#: most; in one of thirty none.
NEAR: Final = 0.9
#: Words and signs in a phrase.
_PHRASE: Final = 3
#: Phrases that are kept of a text: those of the smallest digests, so that the same ones are kept of similar texts.
_KEPT: Final = 128
#: Digests by which a similar text is looked up, and texts that are looked at under each.
_LOOKED_UP: Final = 8
_LOOKED_AT: Final = 32
#: Of longer texts only the equal ones stand together.
_MOST_CHARACTERS: Final = 100_000
_WORDS: Final = re.compile(r"\w+|[^\w\s]")

EMPTY: Final = "empty"


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an answer's text, to group it by."""

    #: The same for equal texts, white space aside.
    digest: str
    is_empty: bool
    #: Digests of phrases, the smallest first, and how many phrases there are; for texts only.
    phrases: str = ""
    phrase_count: int = 0
    #: The same where the attachments are: of near-equal texts only those are equal.
    attachments: str = ""


def wording(cells: Sequence[Mapping[str, Any]], skeleton: str, *, is_text: bool) -> Wording:
    """Return the wording of the cells that are an answer.

    Args:
        cells: as they stand in the notebook.
        skeleton: digest of the wording that the sheet was released with, which is no answer; empty for none.
        is_text: near-equal ones are looked for.
    """
    parts = [(str(cell["cell_type"]), _normalised(cell)) for cell in cells]
    parts = [part for part in parts if part[1]]
    attached = [cell["attachments"] for cell in cells if cell.get("attachments")]
    attachments = _digest(attached) if attached else ""
    digest = _digest([parts, attachments])
    is_empty = not attached and (not parts or digest == skeleton)
    text = "\n".join(part[1] for part in parts)
    if is_empty or not is_text or len(text) > _MOST_CHARACTERS:
        return Wording(digest=digest, is_empty=is_empty, attachments=attachments)
    phrases = _phrases(text)
    kept = heapq.nsmallest(_KEPT, phrases)
    return Wording(
        digest=digest,
        is_empty=False,
        phrases=base64.b85encode(b"".join(phrase.to_bytes(4, "big") for phrase in kept)).decode(),
        phrase_count=len(phrases),
        attachments=attachments,
    )


def text_groups(wordings: Iterable[Wording]) -> dict[str, str]:
    """Return for each wording's digest that of the wording which its group goes by, whatever order they come in."""
    found: dict[str, str] = {}
    lookup: dict[int, list[str]] = {}
    leaders: dict[str, tuple[Wording, tuple[int, ...]]] = {}
    for one in sorted({one.digest: one for one in wordings}.values(), key=lambda one: one.digest):
        if one.is_empty:
            found[one.digest] = EMPTY
            continue
        kept = _kept(one)
        candidates: Counter[str] = Counter()
        for phrase in kept[:_LOOKED_UP]:
            candidates.update(lookup.get(phrase, ()))
        # Near-equal texts share almost all of these; others are not compared.
        enough = (min(_LOOKED_UP, len(kept)) + 1) // 2
        shared = [item for item in candidates.items() if item[1] >= enough]
        ranked = sorted(shared, key=lambda item: (-item[1], item[0]))[:_LOOKED_AT]
        leader = next((name for name, _ in ranked if _is_near(one, kept, *leaders[name])), None)
        found[one.digest] = leader or one.digest
        if leader is None:
            leaders[one.digest] = (one, kept)
            for phrase in kept[:_LOOKED_UP]:
                under = lookup.setdefault(phrase, [])
                if len(under) < _LOOKED_AT:
                    under.append(one.digest)
    return found


def verdict_group(verdict: CellResult | None) -> str:
    """Return the same for equal verdicts; empty where nothing was judged."""
    if verdict is None or verdict.outcome is None:
        return ""
    criteria = [(one.name, one.outcome.value, round(one.fraction, 6)) for one in verdict.criteria]
    return _digest(["verdict", verdict.outcome.value, verdict.points, sorted(criteria)])


def _normalised(cell: Mapping[str, Any]) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return " ".join(source.split())
    # In code, white space at the beginning of a line has a meaning.
    return "\n".join(line.rstrip() for line in source.splitlines() if line.strip())


def _phrases(text: str) -> set[int]:
    words = _WORDS.findall(text.casefold())
    starts = range(max(1, len(words) - _PHRASE + 1)) if words else ()
    return {_short_digest(" ".join(words[start : start + _PHRASE])) for start in starts}


def _short_digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def _kept(one: Wording) -> tuple[int, ...]:
    raw = base64.b85decode(one.phrases)
    return tuple(int.from_bytes(raw[start : start + 4], "big") for start in range(0, len(raw), 4))


def _is_near(one: Wording, kept: tuple[int, ...], other: Wording, other_kept: tuple[int, ...]) -> bool:
    fewer, more = sorted((one.phrase_count, other.phrase_count))
    if one.attachments != other.attachments or fewer < NEAR * more:
        return False
    mine, theirs = set(kept), set(other_kept)
    together = heapq.nsmallest(_KEPT, mine | theirs)
    shared = sum(phrase in mine and phrase in theirs for phrase in together)
    return shared >= NEAR * len(together)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:32]
