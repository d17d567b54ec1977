import math
import re
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report import plots

_NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def _read(picture):
    return ElementTree.fromstring(str(picture))  # noqa: S314 # our own


def test_bins_count_every_value_once():
    found = plots.bins([0, 0.1, 0.25, 0.5, 1.0, 1.5, -0.1], 1.0, 4)
    assert [bar.count for bar in found] == [3, 1, 1, 2]
    assert (found[0].begin, found[-1].end) == (0, 1)


@given(st.lists(st.floats(0, 10)), st.integers(1, 30))
def test_no_value_is_lost_by_a_histogram(values, count):
    assert sum(bar.count for bar in plots.bins(values, 10.0, count)) == len(values)


def test_a_bar_is_told_with_its_number():
    picture = _read(plots.histogram(plots.bins([1, 1, 3], 4.0, 4), "How it went."))
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == "How it went."
    assert [title.text for title in picture.iter("title")][1] == "1 to 2 points: 2"


def test_without_anybody_there_is_no_histogram():
    assert not plots.histogram(plots.bins([], 4.0), "Nobody.")


def test_what_students_called_a_curve_is_text():
    picture = plots.curves([plots.Curve([0, 1], [0, 1], label="<script>alert(1)</script>")], '"><b>', along="<i>")
    assert "<script" not in picture
    assert "<i>" not in picture
    _read(picture)


def test_a_curve_is_interrupted_where_it_has_no_value():
    picture = plots.curves([plots.Curve([0, 1, 2, 3], [0, 1, math.nan, 3])], "One.")
    assert len(re.findall("M", picture.partition(' d="')[2].partition('"')[0])) == 2


def test_curves_that_stand_out_are_drawn_last():
    shown = [plots.Curve([0, 1], [0, 9], "far", stands_out=True), plots.Curve([0, 1], [0, 1], "near")]
    titles = [title.text for title in _read(plots.curves(shown, "Two.")).iter("title")]
    assert titles == ["near", "far"]


def test_one_curve_out_of_all_bounds_does_not_flatten_the_others():
    usual = [plots.Curve([0.0, 1.0, 2.0], [0.0, 1.0, 0.5 + number / 10]) for number in range(9)]
    picture = plots.curves([*usual, plots.Curve([0.0, 1.0, 2.0], [0.0, 1e9, 0.0])], "Ten.")
    heights = [float(place) for path in re.findall(r'd="([^"]*)"', picture) for place in re.findall(r" ([\d.]+)", path)]
    assert max(heights) - min(heights) > 200


@given(st.lists(st.tuples(st.lists(_NUMBERS, max_size=5), st.lists(_NUMBERS, max_size=5)), max_size=4), st.booleans())
def test_any_numbers_become_a_plot_of_finite_places(coordinates, is_logarithmic):
    shown = [plots.Curve(x, y) for x, y in coordinates]
    picture = plots.curves(shown, "Any.", x_is_logarithmic=is_logarithmic, y_is_logarithmic=is_logarithmic)
    _read(picture)
    assert "nan" not in picture
    assert "inf" not in picture


@given(st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_a_scale_places_all_values_between_its_ends(values):
    scale = plots.scale_for(values)
    assert all(-1e-9 <= scale.place(value) <= 1 + 1e-9 for value in values)
    assert len(scale.ticks()) <= 12


def test_points_in_one_place_share_one_name():
    shown = [plots.Dot(0.5, 0.5, "ex1"), plots.Dot(0.5, 0.5, "ex2"), plots.Dot(0.1, 0.9, "<ex3>")]
    picture = plots.dots(shown, "Three.", along="x", up="y", x=plots.Scale(0, 1), y=plots.Scale(0, 1))
    assert [title.text for title in _read(picture).iter("title")] == ["ex1, ex2", "<ex3>"]
