import pytest
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

from sheetgrader.course.settings import Sheetgrader
from sheetgrader.errors import CourseError
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.launcher import DEFAULT_PRELOAD
from sheetgrader.nbgrader_plugin import CutHiddenTests
from sheetgrader.sandbox.limits import SandboxLimits


def test_the_defaults_are_those_of_the_limits_themselves():
    settings = Sheetgrader.read(Config())
    assert settings.grading_limits == GradingLimits()
    assert settings.sandbox_limits == SandboxLimits()
    assert settings.preload == list(DEFAULT_PRELOAD)
    assert settings.isolation == "sandbox"


def test_what_the_course_sets_reaches_the_limits():
    config = Config(
        {"Sheetgrader": {"cell_seconds": 60, "memory_bytes": 1 << 30, "isolation": "process", "preload": ["numpy"]}}
    )
    settings = Sheetgrader.read(config)
    assert settings.grading_limits.cell_seconds == 60.0
    assert settings.sandbox_limits.memory_bytes == 1 << 30
    assert (settings.isolation, settings.preload) == ("process", ["numpy"])


@pytest.mark.parametrize("section", ["Execute", "ExecutePreprocessor"])
def test_nbgraders_time_limit_is_that_of_a_cell(section):
    assert Sheetgrader.read(Config({section: {"timeout": 90}})).cell_seconds == 90.0
    assert (
        Sheetgrader.read(Config({section: {"timeout": 90}, "Sheetgrader": {"cell_seconds": 5.0}})).cell_seconds == 5.0
    )


@pytest.mark.parametrize("timeout", [None, -1, 0])
def test_no_time_limit_of_nbgraders_is_still_one_here(timeout):
    assert Sheetgrader.read(Config({"Execute": {"timeout": timeout}})).cell_seconds == GradingLimits().cell_seconds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cell_seconds", 0),
        ("cell_seconds", "long"),
        ("memory_bytes", 1),
        ("isolation", "none"),
        ("workers", 2.5),
        ("processes", -1),
    ],
)
def test_a_value_that_cannot_be_is_one_sentence_that_names_the_setting(name, value):
    with pytest.raises(CourseError, match=name) as caught:
        Sheetgrader.read(Config({"Sheetgrader": {name: value}}))
    assert "\n" not in str(caught.value)


def test_an_unknown_setting_lists_those_there_are():
    with pytest.raises(CourseError, match=r"c.Sheetgrader.cell_second is no setting; .*cell_seconds"):
        Sheetgrader.read(Config({"Sheetgrader": {"cell_second": 3}}))


def test_nbgraders_time_limit_is_heard_from_the_command_line():
    # There it is a text until somebody asks for it.
    assert Sheetgrader.read(Config({"Execute": {"timeout": DeferredConfigString("2")}})).cell_seconds == 2.0
    assert Sheetgrader.read(Config({"Execute": {"timeout": DeferredConfigString("None")}})).cell_seconds == 30.0


def test_hidden_tests_are_kept_only_where_feedback_cuts_them_out():
    kept = {"Sheetgrader": {"keep_hidden_tests": True}}
    with pytest.raises(CourseError, match=r"c\.GenerateFeedback\.preprocessors = .*CutHiddenTests"):
        Sheetgrader.read(Config(kept))
    with pytest.raises(CourseError, match="CutHiddenTests"):
        Sheetgrader.read(Config({**kept, "GenerateFeedback": {"preprocessors": ["nbgrader.preprocessors.GetGrades"]}}))
    for cutter in ("sheetgrader.nbgrader_plugin.CutHiddenTests", CutHiddenTests):
        config = Config({**kept, "GenerateFeedback": {"preprocessors": [cutter]}})
        assert Sheetgrader.read(config).keep_hidden_tests
