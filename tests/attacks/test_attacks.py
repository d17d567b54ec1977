"""Every attack that is known, for real: what it must not achieve is looked for after all of them were graded
together."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter

from sheetgrader.execution.reports import group_report
from sheetgrader.report.rendering import Renderer

from .attempt import Attempt, attempts
from .observing import Observation, told
from .outcome import Aftermath, grade_all, verdicts
from .sheet import POINTS

_ALL = attempts()
_QUICK = [attempt for attempt in _ALL if not attempt.is_slow]
_OBSERVED = [attempt for attempt in _QUICK if not attempt.is_refused]
#: The course's clock over a submission, and as much again for interrupts, kernels that are killed and reports.
_SECONDS = 60
_SUCCESS = re.compile("^SUCCEEDED", re.MULTILINE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
#: How much a worker may grow by what one submission sends: the largest message, its parts as objects, a page of
#: outputs.
_GROWTH = 1 << 30
_HIDING = [attempt for attempt in _OBSERVED if "hidden from tutors" in attempt.must_not]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    return grade_all(_QUICK, tmp_path_factory.mktemp("attacks"))


def _id(attempt: Attempt) -> str:
    return attempt.group


@pytest.fixture
def observed(request: pytest.FixtureRequest, aftermath: Aftermath) -> Observation:
    attempt: Attempt = request.getfixturevalue("attempt")
    return aftermath.attackers[attempt.group]


@pytest.mark.parametrize("attempt", _OBSERVED, ids=_id)
def test_an_attack_earns_no_more_than_the_honest_answer(attempt: Attempt, observed: Observation) -> None:
    assert_no_gain(attempt, observed)


@pytest.mark.parametrize("attempt", _OBSERVED, ids=_id)
def test_an_attacker_sees_no_canary(attempt: Attempt, observed: Observation, aftermath: Aftermath) -> None:
    assert_nothing_seen(observed, aftermath.canary)


@pytest.mark.parametrize("attempt", _OBSERVED, ids=_id)
def test_an_attack_reaches_nothing_outside(attempt: Attempt, observed: Observation) -> None:
    assert_nothing_reached(observed)


@pytest.mark.parametrize("attempt", _OBSERVED, ids=_id)
def test_an_attack_stays_within_time_and_memory(attempt: Attempt, observed: Observation) -> None:
    assert observed.seconds < _SECONDS
    assert observed.growth < _GROWTH


@pytest.mark.parametrize("attempt", _OBSERVED, ids=_id)
def test_an_attack_leaves_nothing_open(attempt: Attempt, observed: Observation) -> None:
    assert observed.new_descriptors == ()
    assert observed.new_threads == 0


@pytest.mark.parametrize("attempt", _OBSERVED, ids=_id)
def test_what_an_attacker_put_out_is_shown_without_anything_active(attempt: Attempt, observed: Observation) -> None:
    assert_harmless_when_shown(observed)


@pytest.mark.parametrize("attempt", _HIDING, ids=_id)
def test_tutors_see_all_that_a_group_ran(attempt: Attempt, observed: Observation) -> None:
    assert_all_is_shown(attempt, observed)


@pytest.mark.parametrize("attempt", [attempt for attempt in _OBSERVED if attempt.remarked], ids=_id)
def test_what_depends_on_luck_is_remarked(attempt: Attempt, observed: Observation) -> None:
    assert_remarked(attempt, observed)


def test_honest_neighbours_get_the_same_to_the_last_bit(aftermath: Aftermath) -> None:
    assert len(aftermath.among) > 3
    for honest in aftermath.among:
        assert honest.graded.result.points == sum(POINTS.values())
        assert verdicts(honest.graded.result) == verdicts(aftermath.alone[honest.group].graded.result)
        assert honest.graded.notebooks == aftermath.alone[honest.group].graded.notebooks


def test_nothing_is_left_of_any_attack(aftermath: Aftermath) -> None:
    assert aftermath.while_it_waits == aftermath.before
    assert not any(aftermath.in_the_end.values()), aftermath.in_the_end
    assert not aftermath.tripped


def test_only_what_is_no_notebook_at_all_is_refused_before_it_runs(aftermath: Aftermath) -> None:
    assert set(aftermath.refused) == {attempt.group for attempt in _QUICK if attempt.is_refused}
    for sentence in aftermath.refused.values():
        assert "attacked.ipynb" in sentence
        assert "\n" not in sentence


def test_every_attack_stands_in_the_table() -> None:
    table = (Path(__file__).parents[2] / "docs" / "attacks.md").read_text(encoding="utf-8")
    missing = [attempt.group for attempt in _ALL if attempt.tries not in table or attempt.stopped_by not in table]
    assert not missing, "run `make attacks`"


def assert_no_gain(attempt: Attempt, observed: Observation) -> None:
    earned = {cell.grade_id.removesuffix("_test"): cell.points or 0.0 for cell in observed.graded.result.cells}
    assert earned.keys() == POINTS.keys()
    for question, points in POINTS.items():
        assert earned[question] <= (0.0 if question in attempt.attacks else points), question
        if "cost other questions" in attempt.must_not and question not in attempt.attacks:
            assert earned[question] == points, question


def assert_nothing_seen(observed: Observation, canary: str) -> None:
    secret = canary.partition("-")[2]
    seen = [
        observed.left_in_work_folder,
        *(notebook.content for notebook in observed.graded.notebooks),
        "\n".join(told(observed)).encode(),
    ]
    assert not any(secret.encode() in part for part in seen)


def assert_nothing_reached(observed: Observation) -> None:
    """Attempts print SUCCEEDED, or write it into a file, where they reached what they must not."""
    cells = [
        cell
        for written in observed.graded.notebooks
        for cell in nbformat.reads(written.content.decode(), as_version=4).cells
    ]
    printed = [output.text for cell in cells for output in cell.get("outputs", []) if output.output_type == "stream"]
    assert not [
        text for text in (*printed, observed.left_in_work_folder.decode("utf-8", "replace")) if _SUCCESS.search(text)
    ]


def assert_all_is_shown(attempt: Attempt, observed: Observation) -> None:
    """What was handed in stands in the graded notebook and on the page that Jupyter makes of it, and is remarked."""
    if "hidden from tutors" not in attempt.must_not:
        return
    (written,) = observed.graded.notebooks
    notebook = nbformat.reads(written.content.decode(), as_version=4)
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    sources = [cell.source for cell in notebook.cells]
    for _, source in attempt.cells:
        assert source in sources
    evidence = [line for source in sources for line in source.splitlines() if "evidence" in line.lower()]
    assert evidence
    assert page.lower().count("evidence") >= len(evidence)
    assert any("they are shown" in note or "is shown" in note for note in observed.graded.result.notes)


def assert_remarked(attempt: Attempt, observed: Observation) -> None:
    assert attempt.remarked in " ".join(group_report("graded", observed.graded.result).remarks)


def assert_harmless_when_shown(observed: Observation) -> None:
    details = [criterion.detail for cell in observed.graded.result.cells for criterion in cell.criteria]
    assert not [text for text in (*told(observed), *details) if _CONTROL.search(text)]
    renderer = Renderer()
    for written in observed.graded.notebooks:
        for cell in nbformat.reads(written.content.decode(), as_version=4).cells:
            shown = (
                "".join(renderer.outputs(cell.get("outputs", [])))
                if cell.cell_type == "code"
                else renderer.markdown(cell.source, cell.get("attachments"))
            )
            tags = re.findall(r"<[^>]*>", shown)
            assert not [
                tag
                for tag in tags
                if re.match(
                    r"</?(script|iframe|form|input|style|svg|object|base|meta|link|embed)\b", tag, re.IGNORECASE
                )
            ]
            assert not [tag for tag in tags if re.search(r"""\son\w+\s*=|javascript:""", tag, re.IGNORECASE)]
            assert not _CONTROL.search(shown)
