from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report.labels import Box, place_labels, width

RADIUS = 4.0
FRAME = Box(50, 0, 640, 340)
_PLACES = st.tuples(st.floats(52, 628), st.floats(12, 340))
_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=25)


def _dot(point):
    return Box(point[0] - RADIUS, point[1] - RADIUS, point[0] + RADIUS, point[1] + RADIUS)


@given(st.lists(st.tuples(_PLACES, _NAMES), max_size=25))
def test_no_name_covers_another_nor_a_point_and_all_are_in_the_picture(shown):
    points, names = [place for place, _ in shown], [name for _, name in shown]
    labels = place_labels(points, names, RADIUS, FRAME)
    assert len(labels) == len(shown)
    boxes = [label.box for label in labels if label is not None]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    assert not [box for box in boxes if any(box.overlaps(_dot(point)) for point in points)]
    assert all(FRAME.holds(box) for box in boxes)


@given(st.lists(_PLACES, min_size=1, max_size=20))
def test_a_sheet_of_twenty_questions_has_room_for_all_names(points):
    assert None not in place_labels(points, [f"ex{number}a" for number in range(len(points))], RADIUS, FRAME)


def test_a_name_stands_to_the_right_where_there_is_room():
    (label,) = place_labels([(100, 100)], ["ex1"], RADIUS, FRAME)
    assert label.line_to is None
    assert label.box.left > 100 + RADIUS
    assert (label.box.top + label.box.bottom) / 2 == 100


def test_at_the_edge_it_stands_elsewhere():
    (label,) = place_labels([(638, 100)], ["ex1"], RADIUS, FRAME)
    assert label.box.right < 638 - RADIUS


def test_a_name_away_from_its_point_has_a_line_to_it():
    crowd = [(300 + 9 * across, 150 + 9 * down) for across in range(5) for down in range(5)]
    labels = place_labels(crowd, [f"ex{number}" for number in range(25)], RADIUS, FRAME)
    inner = labels[12]
    assert inner is not None
    assert inner.line_to == inner.box.nearest(*crowd[12])


def test_wide_letters_take_more_room():
    assert width("mmm") > width("iii")
    assert width("日本") > width("ab")
