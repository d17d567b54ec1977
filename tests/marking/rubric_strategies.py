"""Rubrics as people could write them, for property tests."""

from __future__ import annotations

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sheetgrader.marking.rubrics import Item, Rubric, Rule, reach
from sheetgrader.marking.schemes import with_ids
from sheetgrader.results import rounded

#: For tests over rubrics, which take a while to think up on a busy machine.
PATIENT = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

_WORDS = [
    "the",
    "$x^2 - 1$",
    "0.1:",
    "at most",
    "é",
    "(0,5)",
    "- subtract",
    "**no**",
    "`a\\b`",
    "reason:",
    "one of:",
    "3.",
]
#: A first word that begins no rule, and any others.
TEXTS = st.lists(st.sampled_from(_WORDS), max_size=2).map(lambda words: " ".join(["Says", *words]))
POINTS = st.integers(1, 2000).map(lambda number: rounded(number / 1000))
NOTES = st.lists(st.builds(Item, id=st.just(""), rule=st.just(Rule.NOTE), text=TEXTS), max_size=1).map(tuple)


@st.composite
def takes_away(draw: st.DrawFn, most: float) -> tuple[Item, ...]:
    """What makes less of ``most`` points."""
    rules = draw(st.lists(st.sampled_from([Rule.DEDUCTION, Rule.CAP, Rule.INSTEAD]), max_size=2))
    found = []
    for rule in rules:
        points = rounded(draw(st.integers(0, round(most * 1000))) / 1000)
        item = Item(id="", rule=rule, points=points, text=draw(TEXTS), items=draw(NOTES))
        if rule is Rule.DEDUCTION and draw(st.booleans()):
            item = msgspec.structs.replace(item, each=True, at_most=rounded(points * 3))
        found.append(item)
    return tuple(found)


@st.composite
def scopes(draw: st.DrawFn, depth: int = 2) -> tuple[Item, ...]:
    """Items that stand together, in which nothing is wrong."""
    adding = tuple(draw(st.lists(adders(depth - 1), min_size=1, max_size=2)))
    items = (*adding, *draw(takes_away(reach(adding))), *draw(NOTES))
    return tuple(draw(st.permutations(items)))


@st.composite
def adders(draw: st.DrawFn, depth: int) -> Item:
    kind = draw(st.sampled_from(["leaf", "each", "parts", "one of", "group"] if depth else ["leaf", "each"]))
    text = draw(TEXTS)
    if kind == "leaf":
        points = draw(POINTS)
        return Item(id="", points=points, text=text, items=draw(takes_away(points)))
    if kind == "each":
        points = draw(POINTS)
        return Item(id="", points=points, text=text, each=True, at_most=rounded(points * draw(st.integers(1, 5))))
    if kind == "parts":
        items = draw(scopes(depth))
        return Item(id="", points=reach(items), text=text, items=items)
    if kind == "group":
        return Item(id="", rule=Rule.NOTE, text=text, items=draw(scopes(depth)))
    alternatives = tuple(draw(st.lists(adders(depth - 1), min_size=1, max_size=2)))
    return Item(id="", rule=Rule.ONE_OF, text=draw(st.one_of(st.just(""), TEXTS)), items=alternatives)


RUBRICS = scopes().map(
    lambda items: Rubric(notebook="sheet", grade_id="ex1_text", max_points=reach(items), items=with_ids(items))
)


@st.composite
def marked(draw: st.DrawFn) -> tuple[Rubric, dict[str, int]]:
    """A rubric and what somebody says applies."""
    rubric = draw(RUBRICS)
    ids = [item.id for item in rubric.all_items()]
    return rubric, draw(st.dictionaries(st.sampled_from(ids), st.integers(0, 6)))
