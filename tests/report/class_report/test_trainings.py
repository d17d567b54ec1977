from sheetgrader.report.class_report.trainings import training_plots
from sheetgrader.training.kept import RecordedRun


def _run(name="train", **curves):
    return RecordedRun(name=name, curves=curves)


def _losses(rate):
    return tuple(2.0 - rate * epoch for epoch in range(10))


def test_all_groups_are_in_one_plot_and_the_odd_one_stands_first():
    runs = {f"group-{number}": [_run(test_loss=_losses(0.1 + number / 1000))] for number in range(6)}
    (plot,) = training_plots(runs | {"odd": [_run(test_loss=_losses(-1.0))]})
    assert plot.title == "train, test loss"
    assert plot.picture.count('<path class="curve') == 7
    assert plot.picture.count('<path class="curve outlier"') == 1
    assert [each.group for each in plot.distances if each.stands_out] == [plot.distances[0].group] == ["odd"]
    assert ">epoch<" in plot.picture


def test_what_most_groups_have_recorded_comes_first_and_few_plots_are_drawn():
    runs = {"ada": [_run(loss=(1.0, 0.5), **{f"own_{number}": (1.0, 2.0) for number in range(20)})]}
    runs |= {"bob": [_run(loss=(1.0, 0.4)), _run("other", accuracy=(0.1, 0.9))]}
    plots = training_plots(runs)
    assert plots[0].title == "train, loss"
    assert len(plots) == 6


def test_without_curves_there_is_nothing_to_draw():
    assert training_plots({}) == []
    assert training_plots({"ada": [_run()]}) == []
    assert len(training_plots({"ada": [_run(loss=())]})) <= 1


def test_what_students_called_a_curve_and_values_without_bounds_are_drawn_as_text_and_gaps():
    (plot,) = training_plots({"ada": [_run(**{"<script>": (1.0, None, 1e300, None, 0.5)})]})
    assert "<script>" not in plot.picture
    assert "nan" not in plot.picture
