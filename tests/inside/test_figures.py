from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sheetgrader.boundary import encoding
from sheetgrader.inside.figures import FigureRecorder, describe, figures_put_away

Record = dict[str, Any]


@pytest.fixture(autouse=True)
def no_figures_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins and ends without open figures, on a backend without windows, and leaves pyplot unwatched."""
    monkeypatch.setattr(FigureManagerBase, "destroy", FigureManagerBase.destroy)
    plt.switch_backend("agg")
    plt.close("all")
    yield
    plt.close("all")


def only_axes(figure: Figure) -> Record:
    (axes,) = describe(figure)["axes"]
    return dict(axes)


def test_a_line_plot_is_described() -> None:
    figure, axes = plt.subplots()
    x = np.linspace(0, 1, 5)
    axes.plot(x, x**2, label="square")
    axes.plot(x, x**3, "o", label="cube")
    axes.set(title="Powers", xlabel="x", ylabel="f(x)", yscale="log")
    axes.legend()
    axes.text(0, 0, "origin")
    axes.annotate("here", (0.5, 0.5))
    figure.suptitle("All powers")
    record = describe(figure)
    assert record["suptitle"] == "All powers"
    assert record["colorbars"] == 0
    described = record["axes"][0]
    expected = {
        "title": "Powers",
        "xlabel": "x",
        "ylabel": "f(x)",
        "zlabel": "",
        "xscale": "linear",
        "yscale": "log",
        "projection": "rectilinear",
        "is_colorbar": False,
    }
    assert described | expected == described
    assert described["legend"] == ["square", "cube"]
    assert described["texts"] == ["origin", "here"]
    assert [(line["label"], line["points"]) for line in described["lines"]] == [("square", 5), ("cube", 5)]
    np.testing.assert_array_equal(described["lines"][0]["x"], x)
    np.testing.assert_array_equal(described["lines"][0]["y"], x**2)


def test_a_record_crosses_the_wire() -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2], [3, np.nan])
    axes.scatter([1], [2], c=[3])
    record = describe(figure)
    content, buffers = encoding.encode(record)
    arrived = encoding.decode(json.loads(json.dumps(content)), [bytes(buffer) for buffer in buffers])
    np.testing.assert_array_equal(arrived["axes"][0]["lines"][0]["y"], [3, np.nan])
    assert list(arrived) == list(record)


@pytest.mark.parametrize("location", ["left", "center", "right"])
def test_a_title_is_found_wherever_it_stands(location: Any) -> None:
    figure, axes = plt.subplots()
    axes.set_title("Title", loc=location)
    assert only_axes(figure)["title"] == "Title"


def test_scatter_plots_are_described() -> None:
    figure, axes = plt.subplots()
    points = np.arange(20.0).reshape(10, 2)
    x, y = points.T
    axes.scatter(x, y, label="plain")
    axes.scatter(x, y, c=np.arange(10), s=np.arange(10), label="by value")
    axes.scatter(x, y, c=["red", "blue"] * 5, label="by name")
    axes.scatter(np.ma.masked_equal(points[:, 0], 0), points[:, 1], label="masked")
    plain, by_value, by_name, masked = only_axes(figure)["scatters"]
    np.testing.assert_array_equal(plain["offsets"], points)
    assert [scatter["offsets_shape"] for scatter in (plain, by_value, by_name)] == [[10, 2]] * 3
    assert [scatter["has_colors"] for scatter in (plain, by_value, by_name)] == [False, True, True]
    np.testing.assert_array_equal(by_value["sizes"], np.arange(10))
    assert np.isnan(masked["offsets"]).any()


def test_colour_bars_of_images_and_collections_are_found() -> None:
    figure, grid = plt.subplots(2, 2)
    figure.colorbar(grid[0, 0].imshow(np.eye(3)))
    figure.colorbar(grid[0, 1].scatter([1, 2], [3, 4], c=[5, 6]))
    figure.colorbar(grid[1, 0].contourf(np.random.default_rng(0).random((5, 5))))
    own = figure.add_axes((0.1, 0.1, 0.1, 0.1), label="my own")
    figure.colorbar(mpl.cm.ScalarMappable(), cax=own)
    record = describe(figure)
    assert record["colorbars"] == 4
    assert [axes["is_colorbar"] for axes in record["axes"]] == [False] * 4 + [True] * 4
    assert [axes["images"] for axes in record["axes"][:4]] == [1, 0, 0, 0]


def test_a_figure_without_colour_bars_has_none() -> None:
    figure, axes = plt.subplots()
    axes.imshow(np.eye(3))
    axes.scatter([1, 2], [3, 4], c=[5, 6])
    assert describe(figure)["colorbars"] == 0


def test_bars_images_arrows_and_other_collections_are_counted() -> None:
    figure, axes = plt.subplots()
    axes.bar(["a", "b", "c"], [1, 2, 3])
    axes.imshow(np.eye(3))
    axes.quiver([0, 1], [0, 1], [1, 1], [1, 1])
    axes.pcolormesh(np.eye(3))
    axes.contour(np.eye(3))
    axes.fill_between([0, 1], [1, 2])
    described = only_axes(figure)
    assert (described["patches"], described["images"], described["quivers"], described["scatters"]) == (3, 1, 1, [])
    assert described["collections"] == ["QuadMesh", "QuadContourSet", "FillBetweenPolyCollection"]


def test_axes_in_three_dimensions_are_described_in_three() -> None:
    figure = plt.figure()
    axes: Any = figure.add_subplot(projection="3d")
    t = np.linspace(0, 1, 4)
    axes.plot(t, 2 * t, 3 * t, label="line")
    axes.scatter(t, 2 * t, 3 * t, c=t, label="points")
    axes.plot_surface(*np.meshgrid(t, t), np.eye(4))
    axes.quiver(0, 0, 0, 1, 1, 1)
    axes.set_zlabel("height")
    figure.canvas.draw()
    described = only_axes(figure)
    assert (described["projection"], described["zlabel"]) == ("3d", "height")
    (line,), (scatter,) = described["lines"], described["scatters"]
    np.testing.assert_allclose([line["x"], line["y"], line["z"]], [t, 2 * t, 3 * t])
    assert scatter["offsets_shape"] == [4, 3]
    np.testing.assert_allclose(scatter["offsets"], np.stack([t, 2 * t, 3 * t], axis=1))
    assert described["collections"] == ["Poly3DCollection", "Line3DCollection"]


def test_polar_axes_are_described() -> None:
    figure = plt.figure()
    figure.add_subplot(projection="polar").plot([0, 1], [2, 3])
    assert only_axes(figure)["projection"] == "polar"


def test_dates_and_categories_are_numbers() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([datetime.datetime(2020, 1, day, tzinfo=datetime.UTC) for day in (1, 2)], [1, 2])
    right.plot(["a", "b", "c"], [1, 2, 3])
    dates, categories = (axes["lines"][0]["x"] for axes in describe(figure)["axes"])
    np.testing.assert_array_equal(np.diff(dates), [1])
    np.testing.assert_array_equal(categories, [0, 1, 2])


def test_legends_of_the_figure_are_its_own() -> None:
    figure, axes = plt.subplots()
    line = axes.plot([1, 2])[0]
    figure.legend([line], ["outside"])
    record = describe(figure)
    assert record["legend"] == ["outside"]
    assert record["axes"][0]["legend"] == []


def test_axes_of_subfigures_are_described() -> None:
    figure = plt.figure()
    for subfigure in figure.subfigures(1, 2, squeeze=False).flat:
        subfigure.subplots().set_title("inside")
    assert [axes["title"] for axes in describe(figure)["axes"]] == ["inside", "inside"]


def test_an_empty_figure_is_described() -> None:
    assert describe(plt.figure()) == {"suptitle": "", "legend": [], "colorbars": 0, "axes": []}


def test_large_plots_are_thinned_but_told_in_full() -> None:
    figure, axes = plt.subplots()
    axes.plot(np.arange(1_000_003))
    axes.scatter(np.arange(100_001), np.zeros(100_001), s=np.ones(100_001))
    axes.set_title("x" * 5000)
    described = only_axes(figure)
    line, scatter = described["lines"][0], described["scatters"][0]
    assert line["points"] == 1_000_003
    assert 5_000 < len(line["x"]) <= 10_000
    np.testing.assert_array_equal(line["x"], line["y"])
    assert scatter["offsets_shape"] == [100_001, 2]
    assert len(scatter["offsets"]) <= 10_000
    assert len(scatter["sizes"]) <= 10_000
    assert len(described["title"]) == 1000


def test_many_artists_are_cut() -> None:
    figure, axes = plt.subplots()
    axes.plot(np.zeros((2, 700)))
    assert len(only_axes(figure)["lines"]) == 500


def record_titles(recorder: FigureRecorder, cell: str) -> list[str]:
    return [axes["title"] for record in recorder.records(cell) for axes in record["axes"]]


@pytest.fixture
def recorder() -> FigureRecorder:
    """A recorder that watches pyplot."""
    watching = FigureRecorder()
    watching.watch_pyplot()
    return watching


def test_every_way_to_close_a_figure_has_it_recorded_once(recorder: FigureRecorder) -> None:
    recorder.begin("cell")
    ways: list[Callable[[Figure], object]] = [
        lambda _: plt.close(),
        plt.close,
        lambda figure: plt.close(figure.number),
        lambda _: plt.close("all"),
    ]
    for close in ways:
        figure = plt.figure()
        plt.title(f"figure {len(recorder.records('cell'))}")
        close(figure)
        plt.close(figure)
    plt.figure()
    plt.title("open")
    recorder.end()
    plt.close("all")
    assert record_titles(recorder, "cell") == ["figure 0", "figure 1", "figure 2", "figure 3", "open"]


def test_a_figure_is_recorded_as_it_is_when_the_cell_ends(recorder: FigureRecorder) -> None:
    recorder.begin("cell")
    plt.figure()
    plt.title("first")
    plt.title("last")
    recorder.end()
    assert record_titles(recorder, "cell") == ["last"]


def test_a_figure_drawn_between_cells_belongs_to_none(recorder: FigureRecorder) -> None:
    recorder.begin("cell")
    recorder.end()
    plt.figure()
    plt.title("between")
    plt.close("all")
    assert recorder.records("cell") == []


def test_a_cell_that_runs_again_begins_anew(recorder: FigureRecorder) -> None:
    for title in ("first", "second"):
        recorder.begin("cell")
        plt.figure()
        plt.title(title)
        plt.close()
        recorder.end()
    assert record_titles(recorder, "cell") == ["second"]


def test_a_cell_that_did_not_run_has_no_records(recorder: FigureRecorder) -> None:
    assert recorder.records("never") == []


class Stubborn(Line2D):
    error: BaseException

    def get_data(self, orig: object = True) -> Any:
        raise self.error


@pytest.mark.parametrize("error", [ValueError("no data"), SystemExit(0), GeneratorExit()], ids=repr)
def test_a_figure_that_cannot_be_described_is_recorded_as_empty(recorder: FigureRecorder, error: BaseException) -> None:
    recorder.begin("cell")
    figure, axes = plt.subplots()
    stubborn = Stubborn([1], [2])
    stubborn.error = error
    axes.add_line(stubborn)
    plt.close(figure)
    assert recorder.records("cell") == [{"suptitle": "", "legend": [], "colorbars": 0, "axes": []}]


@pytest.mark.filterwarnings("ignore:More than 20 figures")
def test_a_flood_of_figures_is_cut(recorder: FigureRecorder) -> None:
    recorder.begin("cell")
    for _ in range(60):
        plt.figure()
    recorder.end()
    assert len(recorder.records("cell")) == 50


def test_figures_of_a_call_are_put_away_and_others_stay() -> None:
    staying = plt.figure()
    with figures_put_away():
        plt.figure()
        plt.figure()
    assert plt.get_fignums() == [staying.number]


def test_figures_are_put_away_after_an_exception_too() -> None:
    @figures_put_away()
    def draw_and_fail() -> None:
        plt.figure()
        raise ValueError("drawn")

    with pytest.raises(ValueError, match="drawn"):
        draw_and_fail()
    assert plt.get_fignums() == []
