"""Code that groups have in common, found by the fingerprints of copydetect; run where strangers' content is shown, see
:mod:`sheetgrader.report.page_process`.

Names and comments do not count, what came with the sheet is taken off, and so is what many groups have. Which groups to
compare is read off an inverted index, so that the work grows with the class and not with its square.
"""

from __future__ import annotations

import builtins
import importlib.util
import itertools
import keyword
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup, escape

#: Characters of filtered code in one fingerprint, and of how many in a row one is kept; copydetect's own defaults.
_GRAM: Final = 25
_WINDOW: Final = 5
#: With less own code than this, what two have in common is chance.
_FEWEST: Final = 12
#: The lower of both shares, from which on a pair is shown.
_LEAST_SHARE: Final = 0.3
#: What more groups have than these, or than this share of the class, is common knowledge; in a small class what more
#: than a third of it have.
_COMMON_GROUPS: Final = 20
_COMMON_SHARE: Final = 0.05
MOST_PAIRS: Final = 50
#: All of a text is made of these; a string that is begun and not ended goes to the end of its line.
_TOKEN: Final = re.compile(
    r"""(?P<nothing>[\s\\]++|\#[^\n]*+)
    |(?P<long>"{3}|'{3})
    |(?P<string>"(?:[^"\\\n]|\\.)*+"?+|'(?:[^'\\\n]|\\.)*+'?+)
    |(?P<name>[^\W\d]\w*+)
    |(?P<rest>\d[\w.]*+|.)""",
    re.VERBOSE | re.DOTALL,
)
#: What may stand before a string.
_PREFIXES: Final = frozenset({"r", "b", "u", "f", "rb", "br", "rf", "fr"})
#: What these name is the same in every program; taken for each other, they would make all programs alike.
_KEPT_NAMES: Final = frozenset({*keyword.kwlist, *dir(builtins)})


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A group's own code, as :func:`filtered` leaves it."""

    group: str
    filtered: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two groups whose code has much in common."""

    first: str
    second: str
    #: Which part of the first one's own fingerprints the second one has, and the other way round.
    share_of_first: float
    share_of_second: float
    #: All who have the same as the first, but for names and comments; the first among them. At most one is the second.
    same_as_first: tuple[str, ...] = ()

    @property
    def lower_share(self) -> float:
        """The lower of both shares."""
        return min(self.share_of_first, self.share_of_second)


class ClassCode(msgspec.Struct, frozen=True, kw_only=True, tag="class"):
    """What pairs are found in."""

    documents: tuple[Document, ...]
    #: What came with the sheet, as it stands there.
    skeleton: str = ""


class TwoTexts(msgspec.Struct, frozen=True, kw_only=True, tag="two"):
    """What is shown side by side."""

    first: str
    second: str
    skeleton: str = ""


class SideBySide(msgspec.Struct, frozen=True, kw_only=True):
    """Two texts as HTML, with what they have in common marked."""

    first: str
    second: str


def make(content: bytes) -> bytes:
    """Return the encoded pairs of an encoded :class:`ClassCode`, or :class:`SideBySide` of :class:`TwoTexts`."""
    request = msgspec.msgpack.decode(content, type=ClassCode | TwoTexts)
    if isinstance(request, ClassCode):
        return msgspec.msgpack.encode(similar_pairs(request.documents, filtered(request.skeleton)))
    return msgspec.msgpack.encode(side_by_side(request))


def filtered(code: str) -> str:
    """Return code without comments and white space, all names alike."""
    return _filter(code)[0]


def similar_pairs(documents: Sequence[Document], skeleton: str = "") -> tuple[Pair, ...]:
    """Return the pairs that have most in common, at most :data:`MOST_PAIRS`; groups that have the very same stand in
    one pair together.
    """
    given = _all_grams(skeleton)
    same: dict[str, list[str]] = {}
    for document in documents:
        same.setdefault(document.filtered, []).append(document.group)
    own = {groups[0]: found for text, groups in same.items() if len(found := set(_prints(text)) - given) >= _FEWEST}
    pairs = [
        Pair(
            first=groups[0],
            second=groups[1],
            share_of_first=1.0,
            share_of_second=1.0,
            same_as_first=tuple(groups),
        )
        for groups in same.values()
        if len(groups) > 1 and groups[0] in own
    ]
    pairs.sort(key=lambda pair: -len(pair.same_as_first))
    return (*pairs, *_near(own))[:MOST_PAIRS]


def side_by_side(texts: TwoTexts) -> SideBySide:
    """Return two codes with what they have in common, beyond what came with the sheet, in ``<mark>``."""
    given = _all_grams(filtered(texts.skeleton))
    (one, one_origins), (other, other_origins) = _filter(texts.first), _filter(texts.second)
    first, second = _prints(one), _prints(other)
    common = (first.keys() & second.keys()) - given
    return SideBySide(
        first=_marked(texts.first, one_origins, first, common),
        second=_marked(texts.second, other_origins, second, common),
    )


def _near(own: Mapping[str, set[int]]) -> list[Pair]:
    holders: dict[int, list[str]] = {}
    for group, prints in own.items():
        for each in prints:
            holders.setdefault(each, []).append(group)
    most = max(2, min(_COMMON_GROUPS, len(own) // 3), int(_COMMON_SHARE * len(own)))
    left: Counter[str] = Counter()
    common: Counter[tuple[str, str]] = Counter()
    for groups in holders.values():
        if len(groups) <= most:
            left.update(groups)
            common.update(itertools.combinations(groups, 2))
    found = [
        Pair(
            first=first,
            second=second,
            share_of_first=round(count / left[first], 3),
            share_of_second=round(count / left[second], 3),
        )
        for (first, second), count in common.items()
        if count >= max(_FEWEST // 2, _LEAST_SHARE * max(left[first], left[second]))
    ]
    return sorted(found, key=lambda pair: (-pair.lower_share, pair.first, pair.second))[:MOST_PAIRS]


def _prints(text: str) -> dict[int, list[int]]:
    """Return the fingerprints of filtered code, each with the places where it is."""
    if len(text) < _GRAM:
        return {}
    _, places = _copydetect().get_document_fingerprints(text, _GRAM, _WINDOW)
    return {int(each): [int(at) for at in found] for each, found in places.items()}


def _all_grams(text: str) -> set[int]:
    """Return the fingerprints of every place: which of them are kept depends on what stands around."""
    return {int(each) for each in _copydetect().hashed_kgrams(text, _GRAM)} if len(text) >= _GRAM else set()


def _filter(code: str) -> tuple[str, list[int]]:
    """Return filtered code, and for each of its characters where it stood before.

    As copydetect's own filter does, which finds its way by a lexer that takes ten times as long, and the square of the
    length for white space.
    """
    pieces: list[str] = []
    origins: list[int] = []
    at = 0
    while (token := _TOKEN.match(code, at)) is not None:
        kind, kept, start, at = token.lastgroup, token[0], at, token.end()
        if kind == "long":
            end = code.find(kept, at)
            at = len(code) if end < 0 else end + len(kept)
        if kind in ("long", "string"):
            kept = "S"
        elif kind == "name" and kept.lower() in _PREFIXES and code[at : at + 1] in ("'", '"'):
            continue
        elif kind == "name" and kept not in _KEPT_NAMES:
            kept = "V"
        if kind != "nothing":
            pieces.append(kept)
            origins += range(start, start + len(kept))
    return "".join(pieces), origins


def _marked(code: str, origins: Sequence[int], prints: Mapping[int, list[int]], common: set[int]) -> str:
    places = sorted(at for each in common for at in prints[each])
    if not places:
        return str(escape(code))
    starts, ends = _copydetect().get_copied_slices(places, _GRAM)
    parts: list[str] = []
    done = 0
    for start, end in zip(starts, ends, strict=True):
        begin = max(done, origins[int(start)])
        stop = origins[int(end)] if end < len(origins) else len(code.rstrip())
        if stop > begin:
            parts.append(Markup("{}<mark>{}</mark>").format(code[done:begin], code[begin:stop]))
            done = stop
    parts.append(escape(code[done:]))
    return "".join(parts)


def _copydetect() -> Any:
    """Return copydetect's functions, without the rest of the package: that imports matplotlib, which takes its time and
    writes into the user's folder.
    """
    if "copydetect.utils" not in sys.modules:
        spec = importlib.util.find_spec("copydetect")
        assert spec is not None  # noqa: S101 # without it nobody asks
        had = sys.modules.get("copydetect")
        sys.modules["copydetect"] = importlib.util.module_from_spec(spec)
        try:
            importlib.import_module("copydetect.utils")
        finally:
            del sys.modules["copydetect"]
            if had is not None:
                sys.modules["copydetect"] = had
    return sys.modules["copydetect.utils"]
