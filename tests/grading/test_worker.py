"""One submission, graded for real: a sandboxed kernel on one side, pytest graders on the other."""

import copy
import re
import time

import msgspec
import nbformat
import pytest
from nbgrader.utils import determine_grade

from sheetgrader.errors import CourseError
from sheetgrader.grading import worker
from sheetgrader.grading.session import References
from sheetgrader.grading.worker import grade_submission
from sheetgrader.results import Outcome

IDENTITY = [("ex1_code", "def identity(x):\n    return x"), ("ex1_test", "# judged by hidden graders")]

ECHO = '''
import numpy as np
from sheetgrader import assert_close, criterion, numbers

@criterion("ex1", hint="Return the argument.")
def test_identity(student, rng):
    """identity gives back its argument."""
    x = rng.normal(size=(3, 2))
    assert_close(student.identity(x), x)
'''


def one_cell(graded, grade_id="ex1_test"):
    return next(cell for cell in graded.result.cells if cell.grade_id == grade_id)


def test_a_right_answer_gets_all_points(grade):
    cell = one_cell(grade(IDENTITY, ECHO))
    assert (cell.points, cell.outcome) == (1.0, Outcome.RIGHT)
    assert cell.criteria[0].rubric == "identity gives back its argument."
    assert cell.criteria[0].hint == ""


@pytest.mark.parametrize(
    ("body", "outcome", "sentence"),
    [
        ("return 2 * x", Outcome.WRONG, "None of the 6 numbers is right"),
        ("return x.T", Outcome.WRONG, r"It has the shape \(2, 3\), but the shape \(3, 2\) was asked for"),
        ("pass", Outcome.WRONG, "It returned None: is a `return` missing"),
        ("return x * float('nan')", Outcome.WRONG, "It holds NaN"),
        ("return str(x)", Outcome.WRONG, "It is a str, where numbers were asked for"),
        ("return object()", Outcome.WRONG, "cannot be read as an array of real numbers"),
        ("raise ValueError('no \\x1b[31midea')", Outcome.RAISED, "It raised ValueError: no idea"),
        ("raise SystemExit(0)", Outcome.RAISED, "It raised SystemExit"),
        ("import os; os._exit(0)", Outcome.KERNEL_DIED, "The process ended itself"),
        ("import os, signal; os.abort()", Outcome.KERNEL_DIED, "The process was ended by signal"),
        ("while True: pass", Outcome.TIMED_OUT, "It did not finish within 3 s"),
        (
            "import signal; signal.signal(2, signal.SIG_IGN)\n    while True: pass",
            Outcome.TIMED_OUT,
            "nor when it was interrupted",
        ),
        ("return bytearray(1 << 36)", Outcome.OUT_OF_MEMORY, "MemoryError"),
        ("return [x] * 10**7", Outcome.WRONG, "cannot be judged"),
    ],
)
def test_each_mistake_is_named_for_what_it_is(grade, body, outcome, sentence):
    cells = [("ex1_code", f"def identity(x):\n    {body}"), ("ex1_test", "#")]
    cell = one_cell(grade(cells, ECHO))
    assert cell.points == 0.0
    assert cell.criteria[0].outcome is outcome
    assert cell.criteria[0].hint == "Return the argument."
    assert re.search(sentence, cell.criteria[0].message), cell.criteria[0].message


def test_a_cell_that_quits_costs_nothing_but_itself(grade):
    cells = [("ex1_code", "def identity(x):\n    return x"), ("quits", "quit()"), ("ex1_test", "#")]
    graded = grade(cells, ECHO)
    assert one_cell(graded).points == 1.0
    assert [run.outcome for run in graded.result.runs].count(Outcome.KERNEL_DIED) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdout = None",
        "import sys; sys.stderr = None\n1 / 0",
        "import sys; sys.stdout = 3",
        "import sys; del sys.stdout",
        "import sys; sys.stdout = open('log', 'w'); sys.stdout.close()",
        "import sys; sys.stdout = sys.stderr = None\n1 / 0",
    ],
)
def test_a_cell_that_spoils_its_streams_costs_no_other(grade, code):
    cells = [
        ("ex1_code", "def identity(x):\n    return x"),
        ("own_code", code),
        ("more_code", "print('on')"),
        ("ex1_test", "#"),
    ]
    graded = grade(cells, ECHO)
    assert one_cell(graded).points == 1.0
    assert {run.outcome for run in graded.result.runs if run.cell != "own_code"} == {Outcome.RIGHT}
    notebook = nbformat.reads(graded.notebooks[0].content.decode(), as_version=4)
    assert notebook.cells[2].outputs[0].text == "on\n"


@pytest.mark.parametrize(
    ("first", "last", "points", "outcome"),
    [
        ("return x", "return 2 * x", None, Outcome.NOT_JUDGED),
        ("return 2 * x", "return x", 1.0, Outcome.RIGHT),
        ("return 2 * x", "return 2 * x", 0.0, Outcome.WRONG),
    ],
)
def test_of_two_answers_a_tutor_decides_where_the_last_one_loses_points(
    make_item, connection, first, last, points, outcome
):
    item = make_item([("ex1_code", "# YOUR CODE HERE"), ("ex1_test", "#")], ECHO)
    notebook = nbformat.reads(item.notebooks[0].submitted.decode(), as_version=4)
    copies = [copy.deepcopy(notebook.cells[0]) for _ in range(2)]
    for number, (cell, body) in enumerate(zip(copies, (first, last), strict=True)):
        cell.id = f"copy-{number}"
        cell.source = f"def identity(x):\n    {body}"
    notebook.cells[:1] = copies
    work = msgspec.structs.replace(item.notebooks[0], submitted=nbformat.writes(notebook).encode())
    graded = grade_submission(msgspec.structs.replace(item, notebooks=(work,)), connection)
    assert (one_cell(graded).points, one_cell(graded).outcome) == (points, outcome)
    if points is None:
        assert "there more than once, with different answers; a tutor decides" in one_cell(graded).message


REQUIRING = '''
from sheetgrader import assert_arguments_unchanged, assert_close, criterion

@criterion("ex1", requires="test_values")
def test_copies(student, rng):
    """It copies."""
    assert_arguments_unchanged(student.identity, rng.normal(size=3))

@criterion("ex1")
def test_values(student, rng):
    """The values are right."""
    x = rng.normal(size=3)
    assert_close(student.identity(x), x)
'''


@pytest.mark.parametrize(
    ("body", "points", "outcome"),
    [
        ("return x", 1.0, Outcome.RIGHT),
        ("x += 1; return x - 1", 0.5, Outcome.PARTLY_RIGHT),
        ("return 7.0", 0.0, Outcome.WRONG),
        ("raise ValueError", 0.0, Outcome.RAISED),
    ],
)
def test_a_criterion_counts_only_where_what_it_requires_is_earned(grade, body, points, outcome):
    graded = grade([("ex1_code", f"def identity(x):\n    {body}"), ("ex1_test", "#")], REQUIRING)
    cell = one_cell(graded)
    assert (cell.points, cell.outcome) == (points, outcome)
    copies = cell.criteria[0]
    if body == "return 7.0":
        assert (copies.outcome, copies.fraction, copies.weight) == (Outcome.RIGHT, 0.0, 1.0)
        assert copies.unmet == ("The values are right.",)
        shown = nbformat.reads(graded.notebooks[0].content.decode(), as_version=4).cells[-1].outputs[0].data
        assert "– It copies.\n    It does not count until this is fulfilled" in shown["text/plain"]
    else:
        assert not copies.unmet


def test_graders_that_require_what_there_is_not_are_refused(grade):
    with pytest.raises(CourseError, match=r"requires test_nothing, which is no criterion of ex1"):
        grade(IDENTITY, REQUIRING.replace("test_values", "test_nothing", 1))


def test_a_missing_name_is_said_to_be_missing(grade):
    cell = one_cell(grade([("ex1_code", "x = 1"), ("ex1_test", "#")], ECHO))
    assert "`identity` is not defined" in cell.criteria[0].message


TWO_QUESTIONS = '''
from sheetgrader import assert_close, criterion

@criterion("ex1")
def test_first(student):
    """first(2) is 2."""
    assert_close(student.first(2.0), 2.0)

@criterion("ex1")
def test_first_again(student):
    """first(3) is 3."""
    assert_close(student.first(3.0), 3.0)

@criterion("ex2")
def test_second(student):
    """second(2) is 4, built on setup done before the first question."""
    assert_close(student.second(2.0), 4.0)
'''


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("while True: pass", Outcome.TIMED_OUT),
        ("import signal; signal.signal(2, signal.SIG_IGN)\n    while True: pass", Outcome.TIMED_OUT),
        ("import os; os._exit(0)", Outcome.KERNEL_DIED),
        ("hold = []\n    while True: hold.append(bytearray(1 << 24))", Outcome.OUT_OF_MEMORY),
    ],
    ids=["hangs", "hangs_ignoring_interrupts", "exits", "takes_all_memory"],
)
def test_a_fatal_answer_costs_its_own_question_only(grade, body, outcome):
    cells = [
        ("setup", "factor = 2"),
        ("ex1_code", f"def first(x):\n    {body}"),
        ("ex1_test", "#"),
        ("ex2_code", "def second(x):\n    return factor * x"),
        ("ex2_test", "#"),
    ]
    graded = grade(
        cells, TWO_QUESTIONS, call_seconds=3.0 if outcome is Outcome.TIMED_OUT else 30.0, question_seconds=60.0
    )
    first, second = one_cell(graded), one_cell(graded, "ex2_test")
    assert (first.points, first.outcome) == (0.0, outcome)
    assert (second.points, second.outcome) == (1.0, Outcome.RIGHT)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("while True: pass", Outcome.TIMED_OUT),
        ("import os; os._exit(0)", Outcome.KERNEL_DIED),
        ("raise ValueError('x')", Outcome.RAISED),
        ("hold = []\nwhile True: hold.append(bytearray(1 << 24))", Outcome.OUT_OF_MEMORY),
        ("open('full', 'wb').write(bytes(1 << 28))", Outcome.OUT_OF_DISK),
    ],
    ids=["hangs", "exits", "raises", "takes_all_memory", "fills_the_disk"],
)
def test_a_fatal_cell_is_left_out_and_the_rest_goes_on(grade, code, outcome):
    cells = [
        ("setup", "factor = 2"),
        ("offender", code),
        ("ex1_code", "def first(x):\n    return x"),
        ("ex1_test", "#"),
        ("ex2_code", "def second(x):\n    return factor * x"),
        ("ex2_test", "#"),
    ]
    seconds = 3.0 if outcome is Outcome.TIMED_OUT else 30.0
    graded = grade(cells, TWO_QUESTIONS, cell_seconds=seconds, disk_bytes=64 << 20)
    assert [run.outcome for run in graded.result.runs if run.cell == "cell 2"] == [outcome]
    assert [cell.points for cell in graded.result.cells] == [1.0, 1.0]


def test_a_grader_that_fails_leaves_the_cell_to_a_human(grade):
    broken = (
        ECHO
        + '\n@criterion("ex1")\ndef test_broken(student):\n    """Broken."""\n    student.identity(1.0)\n    1 / 0\n'
    )
    cell = one_cell(grade(IDENTITY, broken))
    assert cell.points is None
    assert cell.outcome is Outcome.NOT_JUDGED
    assert [criterion.outcome for criterion in cell.criteria] == [Outcome.RIGHT, Outcome.NOT_JUDGED]
    assert "ZeroDivisionError" in cell.criteria[1].detail
    assert "ZeroDivisionError" not in cell.criteria[1].message


def test_the_namespace_is_judged_as_it_is_at_that_point(grade):
    cells = [*IDENTITY, ("later", "identity = None")]
    assert one_cell(grade(cells, ECHO)).points == 1.0


def test_a_bare_assertion_is_told_to_instructors_only(grade):
    secretive = '''
from sheetgrader import criterion

@criterion("ex1")
def test_secret(student):
    """It is the secret number."""
    assert student.identity(1.0) == 271828, "the answer is 271828"
'''
    criterion = one_cell(grade(IDENTITY, secretive)).criteria[0]
    assert criterion.outcome is Outcome.WRONG
    assert "271828" in criterion.detail
    assert "271828" not in criterion.message
    assert "identity(1) returned 1." in criterion.message


def test_a_mistake_that_is_kept_is_told_with_the_call_it_was_made_in(grade):
    keeping = '''
from sheetgrader import StudentError, criterion, numbers

kept = []

@criterion("ex1")
def test_first(student):
    """It returns a number."""
    try:
        numbers(student.identity("text"))
    except StudentError as mistake:
        kept.append(mistake)
        raise

@criterion("ex1")
def test_again(student):
    """It still returns a number."""
    student.identity(1.0)
    raise kept[0]
'''
    first, again = one_cell(grade(IDENTITY, keeping)).criteria
    assert "identity('text') returned 'text'." in first.message
    assert again.message == first.message


def test_proxies_refuse_to_answer_for_themselves(grade):
    graders = '''
import pytest
from sheetgrader import Handle, criterion, fetch

@criterion("ex1")
def test_proxies(student):
    """Nothing of the student's answers an assertion."""
    thing = student.Liar()
    assert isinstance(thing, Handle)
    for question in (lambda p: p == 1, lambda p: p != 1, bool, len, iter, lambda p: 1 in p, lambda p: p[0], float):
        for proxy in (student, student.Liar, thing, thing.attribute):
            with pytest.raises(TypeError):
                question(proxy)
    assert fetch(thing.attribute) == 7
    assert thing.double(4) == 8
'''
    liar = """
class Liar:
    attribute = 7
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __len__(self): return 1
    def double(self, x): return 2 * x
"""
    assert one_cell(grade([("ex1_code", liar), ("ex1_test", "#")], graders)).points == 1.0


def test_stand_ins_are_harmless_and_taken_away_again(grade):
    graders = '''
from sheetgrader import assert_close, criterion, probe

@probe
def shifted(original):
    return lambda x: original(x) + 10

@criterion("ex1")
def test_goes_through_helper(student, stand_in):
    """The answer goes through helper."""
    stand_in("helper", shifted)
    assert_close(student.answer(1.0), 12.0)

@criterion("ex1")
def test_afterwards(student):
    """helper is itself again."""
    assert_close(student.answer(1.0), 2.0)
'''
    code = "def helper(x): return x\ndef answer(x): return helper(x) + 1"
    assert one_cell(grade([("ex1_code", code), ("ex1_test", "#")], graders)).points == 1.0


def test_probes_look_at_objects_in_the_sandbox(grade):
    graders = '''
from sheetgrader import criterion, probe, tensor
import numpy as np

@probe
def parameter_count(model):
    return sum(p.numel() for p in model.parameters())

@criterion("ex1")
def test_model(student):
    """The model has 8 parameters and maps tensors."""
    model = student.Model()
    assert parameter_count(model) == 8
    out = model(tensor(np.ones((5, 3), np.float32)))
    assert out.shape == (5, 2) and out.dtype == np.float32
'''
    code = "import torch\nclass Model(torch.nn.Linear):\n    def __init__(self): super().__init__(3, 2)"
    cell = one_cell(grade([("ex1_code", code), ("ex1_test", "#")], graders))
    assert cell.points == 1.0, cell.criteria


def test_arguments_and_warnings_are_watched(grade):
    graders = '''
import numpy as np
from sheetgrader import assert_arguments_unchanged, assert_no_warnings, criterion

@criterion("ex1")
def test_unchanged(student):
    """It leaves its argument alone."""
    assert_arguments_unchanged(student.f, np.ones(3))

@criterion("ex1")
def test_quiet(student):
    """It does not overflow."""
    assert_no_warnings(student.f, np.array([1000.0]))
'''
    code = "import numpy as np\ndef f(x):\n    x += 1\n    return np.exp(x)"
    cell = one_cell(grade([("ex1_code", code), ("ex1_test", "#")], graders))
    assert "changed its argument number 1 in place" in cell.criteria[0].message
    assert "overflow" in cell.criteria[1].message


def test_figures_and_outputs_of_a_cell(grade):
    graders = '''
from sheetgrader import criterion

@criterion("ex1")
def test_plot(figures, outputs):
    """The plot is labelled and the number printed."""
    (figure,) = figures["ex1_code"]
    assert figure.axes[0].xlabel == "x" and len(figure.axes[0].lines) == 1
    assert "42" in outputs["ex1_code"]
'''
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.xlabel('x')\nplt.show()\nprint(42)"
    graded = grade([("ex1_code", code), ("ex1_test", "#")], graders)
    assert one_cell(graded).points == 1.0, one_cell(graded).criteria
    notebook = nbformat.reads(graded.notebooks[0].content.decode(), as_version=4)
    assert any("image/png" in output.get("data", {}) for output in notebook.cells[0].outputs)


def test_the_reference_solution_answers_behind_the_same_proxy(grade):
    graders = '''
from sheetgrader import assert_close, criterion

@criterion("ex1")
def test_like_reference(student, reference, rng):
    """It agrees with the reference."""
    x = rng.normal(size=4)
    assert_close(student.square(x), reference.square(x))
'''
    reference = [("ex1_code", "def square(x): return x * x"), ("ex1_test", "#")]
    right = grade([("ex1_code", "def square(x): return x ** 2"), ("ex1_test", "#")], graders, reference=reference)
    wrong = grade([("ex1_code", "def square(x): return 2 * x"), ("ex1_test", "#")], graders, reference=reference)
    broken = grade(
        [("ex1_code", "def square(x): return x ** 2"), ("ex1_test", "#")],
        graders,
        reference=[("ex1_code", "1 / 0"), ("ex1_test", "#")],
    )
    assert [one_cell(graded).points for graded in (right, wrong, broken)] == [1.0, 0.0, None]


def test_award_gives_a_part(grade):
    graders = '''
from sheetgrader import criterion

@criterion("ex1")
def test_accuracy(student, award):
    """The accuracy is high."""
    award(student.accuracy(), none_at=0.6, full_at=0.8)
'''
    cell = one_cell(grade([("ex1_code", "def accuracy(): return 0.7"), ("ex1_test", "#")], graders))
    assert cell.points == pytest.approx(0.5)
    assert cell.outcome is Outcome.PARTLY_RIGHT


def test_random_inputs_are_the_same_on_a_regrade_and_differ_between_groups(grade):
    graders = '''
from sheetgrader import Wrong, criterion

@criterion("ex1")
def test_draw(student, rng):
    """Shows what was drawn."""
    raise Wrong(str(student.identity(float(rng.normal()))))
'''
    messages = [
        one_cell(grade(IDENTITY, graders, group=group, secret=secret)).criteria[0].message
        for group, secret in [("a", b"s"), ("a", b"s"), ("b", b"s"), ("a", b"t")]
    ]
    assert messages[0] == messages[1]
    assert len(set(messages)) == 3


def test_all_calls_of_one_question_share_a_clock(grade):
    graders = '''
import pytest
from sheetgrader import criterion

@criterion("ex1")
@pytest.mark.parametrize("case", range(20))
def test_slow(student, case):
    """It answers."""
    student.slow()
'''
    cell = one_cell(
        grade(
            [("ex1_code", "import time\ndef slow():\n    time.sleep(60)"), ("ex1_test", "#")],
            graders,
            call_seconds=0.5,
            question_seconds=1.2,
        )
    )
    assert {criterion.outcome for criterion in cell.criteria} == {Outcome.TIMED_OUT}
    assert "There was no time left: all calls for this question together may take" in cell.criteria[-1].message


def test_a_submission_has_a_clock_of_its_own(grade):
    cells = [*[(f"sleep{i}", "import time; time.sleep(60)") for i in range(10)], *IDENTITY]
    graded = grade(cells, ECHO, cell_seconds=1.0, submission_seconds=2.5)
    assert one_cell(graded).points == 0.0
    assert {run.outcome for run in graded.result.runs} == {Outcome.TIMED_OUT}


def test_an_ordinary_test_cell_is_graded_by_its_outputs(grade):
    cells = [
        ("ex1_code", "def f(x): return x"),
        ("ex1_test", "assert f(1) == 1"),
        ("ex2_test", "assert f(1) == 2"),
        ("ex3_test", "0.25"),
        ("ex4_test", "import sys; print('careful', file=sys.stderr)"),
        ("ex5_test", "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(271828) == 314159\n### END HIDDEN TESTS"),
        ("ex6_text", "an essay"),
    ]
    graded = grade(cells)
    assert [cell.points for cell in graded.result.cells] == [1.0, 0.0, 0.25, 0.0, 0.0, 0.0]
    assert b"314159" not in graded.notebooks[0].content


def test_the_verdicts_stand_in_the_notebook_where_nbgrader_reads_them(grade):
    graded = grade([("ex1_code", "def identity(x): return 2 * x"), ("ex1_test", "# judged by hidden graders")], ECHO)
    notebook = nbformat.reads(graded.notebooks[0].content.decode(), as_version=4)
    assert determine_grade(notebook.cells[1]) == (0.0, 1.0)
    assert "identity gives back its argument." in notebook.cells[1].outputs[0].data["text/plain"]


def test_nothing_of_the_graders_enters_the_notebook_or_the_kernel(grade):
    graders = ECHO + '\nCANARY = "canary-2718281828"\n'
    steal = (
        "import gc, os, sys\n"
        "found = [str(o) for o in gc.get_objects() if isinstance(o, (str, bytes))]\n"
        "text = ' '.join(os.environ.values()) + open('/proc/self/cmdline').read() + ' '.join(sys.modules)\n"
        "def identity(x):\n    print(text)\n    return x\n"
        "hits = ['canary-' + '2718281828' in text] + [p for p in sys.path]\nprint(hits)"
    )
    graded = grade([("ex1_code", steal), ("ex1_test", "#")], graders)
    assert b"canary-2718281828" not in graded.notebooks[0].content


def test_files_lie_beside_the_notebook(grade):
    cells = [("ex1_code", "identity = lambda x: x\nprint(open('data/numbers.txt').read())"), ("ex1_test", "#")]
    graded = grade(cells, ECHO, files={"data/numbers.txt": b"1 2 3"})
    assert b"1 2 3" in graded.notebooks[0].content


def test_seconds_are_booked_on_stages(grade):
    stages = grade([("slow", "import time; time.sleep(0.5)"), *IDENTITY], ECHO).result.stages
    assert stages.student >= 0.5
    assert stages.fork > 0
    assert stages.judge > 0


def test_files_that_do_not_fit_into_the_sandbox_leave_the_submission_to_a_human(grade):
    graded = grade(IDENTITY, ECHO, files={"huge.bin": bytes(80 << 20)}, disk_bytes=64 << 20)
    assert "huge.bin" in graded.result.error or "do not fit" in graded.result.error
    assert one_cell(graded).points is None


def test_what_grading_stumbles_over_costs_one_submission_and_no_other(make_item, connection, caplog):
    item = make_item(IDENTITY, ECHO)
    broken = msgspec.structs.replace(
        item, notebooks=(msgspec.structs.replace(item.notebooks[0], preprocessor_config="no JSON"),)
    )
    graded = grade_submission(broken, connection)
    assert (graded.result.cells[0].points, graded.result.cells[0].outcome) == (None, Outcome.NOT_JUDGED)
    assert graded.result.error == "The grading of this submission failed (JSONDecodeError); a tutor will look at it."
    assert "the grading of group failed" in caplog.text
    assert one_cell(grade_submission(item, connection)).points == 1.0


@pytest.mark.parametrize(
    "content",
    [
        "[" * 900 + "]" * 900,
        "no JSON",
        "[]",
        '{"status": 1}',
        '{"status": "raised", "ename": ["\\ud800"]}',
        '{"status": "ok", "value": "\\ud800"}',
    ],
    ids=["deep", "damaged", "list", "number", "raised", "half_character"],
)
def test_a_forged_reply_is_an_answer_that_cannot_be_judged(grade, content):
    forge = f"""
import json
kernel = get_ipython().kernel
async def forge(stream, ident, parent):
    message = kernel.session.msg("probe_reply", {{}}, parent=parent)
    parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
    stream.send_multipart([*ident, b"<IDS|MSG>", b"", *parts, {content!r}.encode()])
kernel.shell_handlers["probe_request"] = forge
"""
    cell = one_cell(grade([("ex1_code", forge), ("ex1_test", "#")], ECHO))
    assert (cell.points, cell.criteria[0].outcome is Outcome.TIMED_OUT) == (0.0, False)


def test_the_reference_solution_outlives_the_clock_of_the_submission_that_needed_it_first(make_item, connection):
    graders = '''
from sheetgrader import assert_close, criterion

@criterion("ex1")
def test_reference(student, reference):
    """It agrees with the reference solution."""
    assert_close(student.identity(1.0), reference.identity(1.0))
'''
    references = References(connection)
    try:
        item = make_item(IDENTITY, graders, reference=IDENTITY, submission_seconds=0.5)
        grade_submission(item, connection, references)
        time.sleep(0.6)
        for run in references._runs.values():
            run.lose_kernel()
        assert (
            one_cell(grade_submission(make_item(IDENTITY, graders, reference=IDENTITY), connection, references)).points
            == 1.0
        )
    finally:
        references.close()


def outputs_of(graded, position):
    notebook = nbformat.reads(graded.notebooks[0].content.decode(), as_version=4)
    return notebook.cells[position].outputs


def test_all_cells_of_a_notebook_share_a_limit_on_outputs_and_each_says_that_it_was_cut(grade):
    printing = [(f"cell{number}", "print('x' * 40_000)\nprint(oops)") for number in range(5)]
    graded = grade([*printing, *IDENTITY], ECHO, output_bytes=50_000, notebook_output_bytes=100_000)
    kept = [sum(len(output.get("text", "")) for output in outputs_of(graded, position)) for position in range(5)]
    assert kept[0] == 40_001
    assert sum(kept) < 105_000
    # The first ones leave room for those that follow.
    assert min(kept) > 3_000
    for position in (3, 4):
        *_, cut, error = outputs_of(graded, position)
        assert "the output was cut here" in cut.text
        assert error.ename == "NameError"
    assert one_cell(graded).points == 1.0


def test_outputs_of_cells_that_run_again_do_not_count_again(grade):
    cells = [("talks", "print('x' * 40_000)"), ("quits", "quit()"), ("again", "print('y')"), *IDENTITY]
    graded = grade(cells, ECHO, notebook_output_bytes=60_000)
    assert outputs_of(graded, 2)[0].text == "y\n"
    assert one_cell(graded).points == 1.0


def test_of_an_error_the_beginning_is_kept(grade):
    code = "raise type('E' * 1_000_000, (Exception,), {})('x' * 5_000_000)"
    graded = grade([("raises", code), *IDENTITY], ECHO, output_bytes=100_000)
    assert len(graded.notebooks[0].content) < 50_000
    assert any(output.output_type == "error" for output in outputs_of(graded, 0))


def test_what_a_group_marks_as_hidden_runs_is_shown_and_is_remarked(grade):
    code = "def identity(x):\n    ### BEGIN HIDDEN TESTS\n    return x\n    ### END HIDDEN TESTS"
    graded = grade([("ex1_code", code), ("ex1_test", "# judged")], ECHO, marks=("### BEGIN HIDDEN TESTS",))
    assert one_cell(graded).points == 1.0
    notebook = nbformat.reads(graded.notebooks[0].content.decode(), as_version=4)
    assert notebook.cells[0].source == code
    assert "(ex1_code)" in graded.result.notes[0]


def test_a_submission_that_takes_too_long_to_be_written_down_is_left_to_a_person(grade, monkeypatch):
    monkeypatch.setattr(worker, "_LEAST_SECONDS_AT_THE_END", 0.2)
    monkeypatch.setattr(worker, "tidy", lambda *_: time.sleep(60))
    graded = grade(IDENTITY, ECHO, submission_seconds=0.1)
    assert "takes too long to write down" in graded.result.error
    assert one_cell(graded).outcome is Outcome.NOT_JUDGED


WIDGETS = [
    ("ex1_code", "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('shown')\n    1 / 0"),
    ("ex1_test", "import sys\nwith out:\n    print('a warning', file=sys.stderr)\n    raise ValueError('inside')"),
    (
        "ex2_test",
        "assert [o['output_type'] for o in out.outputs] == ['stream', 'error', 'stream', 'error'], out.outputs",
    ),
    ("ex3_test", "@ipywidgets.interact(x=(0, 3))\ndef show(x):\n    raise ValueError(x)"),
    ("ex4_test", "print('a warning', file=sys.stderr)"),
    ("ex5_test", "with out:\n    pass\nassert False"),
]


def test_what_an_output_widget_takes_decides_about_no_points(grade):
    graded = grade(WIDGETS)
    points = {cell.grade_id: cell.points for cell in graded.result.cells}
    assert points == {"ex1_test": 1.0, "ex2_test": 1.0, "ex3_test": 1.0, "ex4_test": 0.0, "ex5_test": 0.0}


def test_an_output_widget_that_every_cell_enters_hides_no_failed_test(grade):
    entering = "get_ipython().events.register('pre_run_cell', lambda info: out.__enter__())"
    graded = grade(
        [
            ("ex1_code", f"import ipywidgets\nout = ipywidgets.Output()\n{entering}"),
            ("ex1_test", "assert False"),
            ("ex2_test", "assert len(out.outputs) == 1 and out.outputs[0]['ename'] == 'AssertionError'"),
        ]
    )
    assert {cell.grade_id: cell.points for cell in graded.result.cells} == {"ex1_test": 0.0, "ex2_test": 1.0}


def test_a_point_lost_to_text_on_stderr_says_so(grade):
    graded = grade(
        [
            ("ex1_test", "import warnings\nwarnings.warn('deprecated')"),
            ("ex2_test", "import sys\nprint('x', file=sys.stderr)\nassert False"),
            ("ex3_test", "assert False"),
        ]
    )
    lost = "the points are lost to what was put out on stderr"
    assert [lost in cell.message for cell in graded.result.cells] == [True, False, False]
