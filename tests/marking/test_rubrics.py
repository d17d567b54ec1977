import msgspec
import pytest
from hypothesis import given

from sheetgrader.marking.rubrics import Item, Rubric, Rule, flat, points, reach

from .rubric_strategies import PATIENT, RUBRICS, marked


def rubric(*items: Item) -> Rubric:
    return Rubric(notebook="sheet", grade_id="ex1_text", max_points=reach(items), items=items)


def credit(identifier: str, worth: float, *items: Item, **more) -> Item:
    return Item(id=identifier, points=worth, items=items, **more)


def rule(identifier: str, kind: Rule, worth: float = 0.0, *items: Item, **more) -> Item:
    return Item(id=identifier, rule=kind, points=worth, items=items, **more)


def stands_in_what_applies(rubric: Rubric, identifier: str, applied: dict[str, int]) -> bool:
    return any(
        applied.get(item.id) and identifier in {inner.id for inner in flat(item.items)} for item in rubric.all_items()
    )


@PATIENT
@given(marked())
def test_points_are_never_negative_and_never_more_than_the_items_reach(case):
    rubric, applied = case
    assert 0 <= points(rubric, applied) <= reach(rubric.items)


@PATIENT
@given(RUBRICS)
def test_nothing_earns_nothing_and_all_that_is_good_earns_all(rubric):
    assert points(rubric, {}) == 0
    assert points(rubric, {item.id: 9 for item in rubric.all_items() if item.rule is Rule.CREDIT}) == pytest.approx(
        rubric.max_points
    )


@PATIENT
@given(RUBRICS)
def test_whatever_stands_at_the_top_can_be_given_as_a_whole(rubric):
    for item in rubric.items:
        if item.rule is Rule.CREDIT:
            assert points(rubric, {item.id: 9}) == pytest.approx(reach((item,)))


@PATIENT
@given(marked())
def test_one_more_credit_never_makes_it_less(case):
    rubric, applied = case
    before = points(rubric, applied)
    for item in rubric.all_items():
        # What stands in a whole that was given takes its place.
        if item.rule is Rule.CREDIT and not stands_in_what_applies(rubric, item.id, applied):
            assert points(rubric, {**applied, item.id: applied.get(item.id, 0) + 1}) >= before - 1e-9


@PATIENT
@given(marked())
def test_deductions_bounds_and_lesser_values_never_make_it_more_than_the_whole(case):
    rubric, applied = case
    before = points(rubric, applied)
    for item in rubric.all_items():
        more = {**applied, item.id: applied.get(item.id, 0) + 1}
        if item.rule in {Rule.DEDUCTION, Rule.CAP} and not any(each.rule is Rule.ONE_OF for each in rubric.all_items()):
            assert points(rubric, more) <= before + 1e-9
        if item.rule is Rule.CAP and item in rubric.items:
            assert points(rubric, more) <= item.points


@PATIENT
@given(marked())
def test_what_is_not_in_the_rubric_and_what_cannot_apply_count_nothing(case):
    rubric, applied = case
    others = {item.id: 3 for item in rubric.all_items() if not item.can_apply}
    assert points(rubric, {**applied, **others, "zzz": 2}) == points(rubric, applied)


@PATIENT
@given(RUBRICS)
def test_a_rubric_is_kept_as_json(rubric):
    assert msgspec.json.decode(msgspec.json.encode(rubric), type=Rubric) == rubric


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ({"a": 1}, 0.5),
        ({"a1": 1}, 0.2),
        ({"a": 1, "a1": 1}, 0.2),
        ({"a1": 1, "a2": 1}, 0.5),
        ({"a": 1, "less": 1}, 0.4),
        ({"a": 1, "slip": 1}, 0.45),
        ({"a": 1, "only": 1}, 0.35),
        ({"only": 1}, 0.05),
        ({"slip": 1}, 0),
        ({"a1": 1, "slip": 1, "a2": 1}, 0.45),
    ],
)
def test_what_stands_in_a_whole_counts_in_its_place_or_is_taken_from_it(applied, expected):
    first = credit("a1", 0.2, rule("slip", Rule.DEDUCTION, 0.05), rule("only", Rule.INSTEAD, 0.05))
    whole = credit("a", 0.5, first, credit("a2", 0.3), rule("less", Rule.DEDUCTION, 0.1))
    assert points(rubric(whole), applied) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ({"a": 1, "b": 2}, 0.4),
        ({"a": 1, "b": 9}, 0.7),
        ({"a": 1, "b": 2, "bound": 1}, 0.3),
        ({"a": 1, "b": 9, "off": 2}, 0.5),
        ({"a": 1, "b": 9, "off": 7}, 0.4),
        ({"a": 1, "b": 9, "instead": 1}, 0.1),
        ({"instead": 1}, 0.1),
        ({"instead": 1, "nothing": 1}, 0.1),
        ({"nothing": 1, "a": 1}, 0.0),
        ({"off": 1}, 0.0),
        ({"a": -1, "b": -3}, 0.0),
    ],
)
def test_repeated_items_bounds_and_lesser_values(applied, expected):
    scheme = rubric(
        credit("a", 0.2),
        credit("b", 0.1, each=True, at_most=0.5),
        rule("bound", Rule.CAP, 0.3),
        rule("off", Rule.DEDUCTION, 0.1, each=True, at_most=0.3),
        rule("instead", Rule.INSTEAD, 0.1),
        rule("nothing", Rule.INSTEAD, 0.0),
    )
    assert reach(scheme.items) == 0.7
    assert points(scheme, applied) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ({"a1": 1}, 0.2),
        ({"a1": 1, "b1": 1}, 0.2),
        ({"a1": 1, "b1": 1, "b2": 1}, 0.4),
        ({"c": 1, "a1": 1}, 0.5),
        ({"c": 1, "slip": 1}, 0.4),
        ({"whole": 1}, 0.5),
        ({"whole": 1, "slip": 1}, 0.4),
        ({"whole": 1, "bound": 1}, 0.3),
    ],
)
def test_the_best_of_several_ways_counts(applied, expected):
    by_gradient = rule("a", Rule.NOTE, 0, credit("a1", 0.2), credit("a2", 0.3), rule("bound", Rule.CAP, 0.3))
    by_contradiction = rule("b", Rule.NOTE, 0, credit("b1", 0.1), credit("b2", 0.3), credit("b3", 0.1))
    otherwise = credit("c", 0.5, rule("slip", Rule.DEDUCTION, 0.1))
    ways = rule("ways", Rule.ONE_OF, 0, by_gradient, by_contradiction, otherwise)
    assert points(rubric(credit("whole", 0.5, ways)), applied) == pytest.approx(expected)


def test_nothing_in_prose_can_apply():
    assert rubric(rule("note1", Rule.NOTE, text="one point")).is_prose
    assert not rubric(credit("a", 1)).is_prose
