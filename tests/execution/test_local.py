"""The pool with real worker processes."""

import multiprocessing
import os
import signal
import time

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.execution.local import LocalPool
from sheetgrader.results import Outcome

CELLS = [("ex1_code", "def f(x):\n    return x"), ("ex1_test", "#")]
GRADER = '''
from sheetgrader import assert_close, criterion

@criterion("ex1")
def test_f(student, rng):
    """f gives back its argument."""
    assert_close(student.f(rng.normal(size=3)), rng.normal(size=3) * 0 + 1, atol=100)
'''
#: A grader that kills its own worker when it meets one group.
MURDEROUS = (
    GRADER
    + '''
import os, signal
@criterion("ex1")
def test_dies(student):
    """The worker survives."""
    if student.f(1.0) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
'''
)


def test_results_do_not_depend_on_the_number_of_workers(make_item, zygote):
    items = [make_item(CELLS, GRADER, group=f"group{number}") for number in range(4)]
    outcomes = []
    for workers in (1, 2):
        with LocalPool(zygote.address, workers) as pool:
            graded = sorted(pool.grade(items), key=lambda graded: graded.result.group)
        outcomes.append(
            [
                (g.result.group, [(c.points, [(v.seed, v.outcome) for v in c.criteria]) for c in g.result.cells])
                for g in graded
            ]
        )
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 4


def test_a_worker_that_dies_costs_only_the_submission_that_killed_it(make_item, zygote):
    groups = ["a", "b", "murderer", "c", "d"]
    items = [
        make_item(
            [("ex1_code", "def f(x):\n    return 2 * x" if group == "murderer" else CELLS[0][1]), CELLS[1]],
            MURDEROUS,
            group=group,
        )
        for group in groups
    ]
    others = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    others.start()
    with LocalPool(zygote.address, 2) as pool:
        results = {graded.result.group: graded.result for graded in pool.grade(items)}
    assert sorted(results) == sorted(groups)
    assert results["murderer"].cells[0].outcome is Outcome.NOT_JUDGED
    assert results["murderer"].cells[0].points is None
    assert {results[group].cells[0].points for group in groups if group != "murderer"} == {1.0}
    assert others.is_alive(), "a process of the caller's own is none of the pool's"
    others.kill()
    others.join()


def test_a_broken_grader_reaches_the_caller_as_one_sentence(make_item, zygote):
    with pytest.raises(CourseError, match="cannot be imported"), LocalPool(zygote.address, 1) as pool:
        list(pool.grade([make_item(CELLS, "import no_such_module_anywhere")]))


def test_workers_ignore_the_terminals_interrupt_and_end_with_the_pool(make_item, zygote):
    watch = (
        GRADER
        + '''
import os
from sheetgrader import Wrong
@criterion("ex1")
def test_pid(student):
    """Tells which process this is."""
    raise Wrong(str(os.getpid()))
'''
    )
    with LocalPool(zygote.address, 1) as pool:
        results = pool.grade(make_item(CELLS, watch, group=str(number)) for number in range(2))
        first = next(results)
        process = int(first.result.cells[0].criteria[1].message.split()[-1])
        os.kill(process, signal.SIGINT)
        assert next(results).result.cells[0].criteria[1].message.endswith(str(process))
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
