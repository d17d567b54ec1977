from __future__ import annotations

import numpy as np
import pytest

from sheetgrader.boundary.fingerprints import fingerprints
from sheetgrader.boundary.trainings import FIRST_EXAMPLES, NO_CLASS
from sheetgrader.graders.failures import BadValue, OutOfDisk, OutOfMemory, StudentError, TimedOut
from sheetgrader.results import Outcome
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.sandbox.work_folder import FolderLimits
from sheetgrader.scripts.run import ScriptRun, run_script
from sheetgrader.training.evidence.step_rules import are_steps_of_sgd

TRAINS = """
import torch
model = torch.nn.Sequential(torch.nn.Linear(30, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for batch in torch.randn(100, 30).split(32):
    {clear}
    torch.nn.functional.cross_entropy(model(batch), torch.zeros(len(batch), dtype=torch.long)).backward()
    optimizer.step()
with torch.no_grad():
    model(torch.randn(50, 30))
"""


@pytest.fixture
def run(connection):
    def run(
        source: str,
        *arguments: str,
        seconds: float = 20,
        files=None,
        output_limits=None,
        is_watched=False,
        tell=None,
        **limits: int,
    ) -> ScriptRun:
        return run_script(
            connection,
            ("script.py", *arguments),
            files={"script.py": source.encode(), **(files or {})},
            limits=SandboxLimits(**limits),
            seconds=seconds,
            output_limits=output_limits,
            is_watched=is_watched,
            tell=tell,
        )

    return run


def test_a_script_runs_as_python_would_run_it(run):
    code = "import sys, helper\nprint(sys.argv, __name__, __file__, helper.value)\nprint('to stderr', file=sys.stderr)"
    ended = run(code, "--epochs", "2", files={"helper.py": b"value = 3"})
    assert (ended.outcome, ended.exit_code, ended.finished) == (Outcome.RIGHT, 0, True)
    assert ended.stdout == "['script.py', '--epochs', '2'] __main__ script.py 3\n"
    assert ended.stderr == "to stderr\n"
    ended.check()


def test_nothing_tells_a_script_of_a_notebook(run):
    ended = run("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\nprint(plt.get_backend())\nget_ipython()")
    assert ended.stdout == "agg\n"
    assert "NameError: name 'get_ipython' is not defined" in ended.reason


def test_threads_and_last_functions_are_waited_for(run):
    code = (
        "import atexit, threading, time\natexit.register(print, 'last')\nthreading.Thread(target=lambda:"
        " (time.sleep(0.2), print('late'))).start()"
    )
    assert run(code).stdout == "late\nlast\n"


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("import sys; sys.exit(3)", 3, "script.py ended with exit code 3: it printed no error."),
        ("import sys; sys.exit('no data')", 1, "script.py ended with exit code 1: no data."),
        (
            "def f():\n    return 1 / 0\nf()",
            1,
            "script.py ended with exit code 1: ZeroDivisionError: division by zero.",
        ),
        ("def f(:", 1, "script.py ended with exit code 1: SyntaxError: invalid syntax."),
        ("import os; os._exit(4)", 4, "script.py ended with exit code 4: it printed no error."),
        (
            "import argparse; argparse.ArgumentParser().parse_args()",
            2,
            "script.py ended with exit code 2: script.py: error: unrecognized arguments: --x.",
        ),
    ],
)
def test_a_failure_is_one_sentence(run, code, status, reason):
    ended = run(code, "--x")
    assert (ended.outcome, ended.exit_code) == (Outcome.RAISED, status)
    assert ended.reason == reason
    with pytest.raises(StudentError, match="exit code"):
        ended.check()


def test_the_traceback_begins_in_the_script(run):
    lines = run("def f():\n    return 1 / 0\nf()").stderr.splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", '  File "script.py", line 3, in <module>']


@pytest.mark.parametrize(
    ("code", "outcome", "error"),
    [
        ("import time; time.sleep(60)", Outcome.TIMED_OUT, TimedOut),
        ("while True: pass", Outcome.TIMED_OUT, TimedOut),
        ("hoard = []\nwhile True: hoard.append(bytearray(1 << 25))", Outcome.OUT_OF_MEMORY, OutOfMemory),
        (
            (
                "import os\nos.mkdir('output')\nwith open('output/x', 'wb') as file:\n    for _ in range(10_000):"
                " file.write(bytes(1_000_000))"
            ),
            Outcome.OUT_OF_DISK,
            OutOfDisk,
        ),
        ("import ctypes; ctypes.string_at(0)", Outcome.KERNEL_DIED, StudentError),
    ],
    ids=["sleeps", "computes", "memory", "disk", "crashes"],
)
def test_what_takes_too_much_is_stopped_and_told(run, code, outcome, error):
    ended = run(code, seconds=3, cpu_seconds=1, memory_bytes=1 << 28)
    assert ended.outcome is outcome, ended.reason
    assert ended.exit_code in (None, 1)
    with pytest.raises(error, match=r"script\.py"):
        ended.check()


def test_a_script_that_is_missing_or_does_not_fit_is_a_sentence(connection, run):
    limits = SandboxLimits(disk_bytes=1 << 20)
    ended = run_script(connection, ("train.py",), files={}, limits=limits, seconds=5)
    assert ended.reason == "train.py was not handed in."
    with pytest.raises(BadValue):
        ended.check()
    assert run("pass", files={"large": bytes(2 << 20)}, disk_bytes=1 << 20).outcome is Outcome.OUT_OF_DISK


def test_only_plain_files_of_the_output_folder_come_out_within_limits(run):
    code = """
import os
os.makedirs("output/inner")
for name, size in (("a", 10), ("inner/b", 20), ("z", 5000)):
    open(f"output/{name}", "wb").write(bytes(size))
os.symlink("/etc/passwd", "output/link")
os.symlink("/etc", "output/inner/folder")
open("beside", "w").write("x")
"""
    ended = run(code, output_limits=FolderLimits(total_bytes=1000))
    assert {name: len(content) for name, content in ended.output.files.items()} == {"a": 10, "inner/b": 20}
    assert set(ended.output.left_out) == {"link", "inner/folder", "z"}
    assert ended.file("a") == bytes(10)
    with pytest.raises(BadValue, match=r"wrote z, but it cannot be read: .*more than 990 bytes"):
        ended.file("z")
    with pytest.raises(BadValue, match=r"wrote no model\.pt into its output folder; what is there: a, inner/b"):
        ended.file("model.pt")
    many = run("import os\nos.mkdir('output')\nfor n in range(300): open(f'output/{n}', 'w')")
    assert len(many.output.files) == FolderLimits().files


def test_a_flood_of_output_is_cut_to_its_end(run):
    heard: list[str] = []
    ended = run("for number in range(100_000): print('x' * 50, number)", tell=heard.append)
    assert ended.finished
    assert ended.stdout.startswith("[…]\n")
    assert ended.stdout.endswith(" 99999\n")
    assert len(ended.stdout) < 20_000
    assert sum(map(len, heard)) > 5_000_000


def test_there_is_no_network_and_nothing_of_an_earlier_script(run):
    run("open('/tmp/left', 'w').write('x')")
    ended = run("import os, socket\nprint(os.listdir('/tmp'))\nsocket.create_connection(('1.1.1.1', 53), timeout=2)")
    assert ended.stdout == "[]\n"
    assert "Network is unreachable" in ended.reason


def test_training_is_recorded(run):
    record = run(TRAINS.format(clear="optimizer.zero_grad()"), is_watched=True).record
    assert record is not None
    assert (record.steps, record.total_steps, record.examples, record.largest_batch) == ({"SGD": 4}, 4, 100, 32)
    assert record.leftover_gradients == 0
    assert [trace.shape for trace in record.traces] == [(8, 30), (8,), (3, 8), (3,)]
    for trace in record.traces:
        assert trace.before.shape == (4, min(64, trace.before.shape[1]))
        assert abs(trace.after - trace.before + 0.1 * trace.gradients).max() < 1e-6


def test_a_step_that_computes_its_own_gradient_is_recorded_with_it(run):
    code = """
import torch
model = torch.nn.Sequential(torch.nn.Linear(30, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(20, 30), torch.randint(3, (20,))
def closure():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    return loss
for _ in range(4):
    optimizer.step(closure)
"""
    record = run(code, is_watched=True).record
    assert record is not None
    assert (record.total_steps, record.examples, record.leftover_gradients) == (4, 80, 0)
    for trace in record.traces:
        assert abs(trace.after - trace.before + 0.1 * trace.gradients).max() < 1e-6


#: Trains on examples (n, 3, 4) whose numbers and classes are known.
TRAINS_ON_NUMBERED = """
import torch
from torch import nn
from torch.nn import functional as F
x = torch.arange(n * 12).reshape(n, 3, 4).square() % 101 / 700
y = torch.arange(n) % 5
model = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 5))
with torch.no_grad():
    model(x + 1)
model(x + 2)
{train}
"""
INPUTS = np.arange(40 * 12).reshape(40, 3, 4) ** 2 % 101 / 700


@pytest.mark.parametrize(
    "train",
    [
        "F.cross_entropy(model(x), y).backward()",
        "F.cross_entropy(model(x), y, label_smoothing=0.1).backward()",
        "F.nll_loss(model(x).log_softmax(1), y).backward()",
        "F.multi_margin_loss(model(x), y).backward()",
        "F.mse_loss(model(x).softmax(1), F.one_hot(y, 5).float()).backward()",
        "F.cross_entropy(model.double()(x.double()), y).backward()",
        "F.cross_entropy(model.bfloat16()(x.bfloat16()), y).backward()",
        "F.cross_entropy(nn.Sequential(model)(x.flatten(1)), y).backward()",
        "for one, its in zip(x.split(3), y.split(3)): F.cross_entropy(model(one), its).backward()",
    ],
)
def test_the_first_examples_are_recorded_with_the_class_that_the_loss_pushes_them_towards(run, train):
    unchanged = f"state = torch.get_rng_state()\n{train}\nassert torch.equal(state, torch.get_rng_state())"
    ended = run(f"n = 40\n{TRAINS_ON_NUMBERED.format(train=unchanged)}", is_watched=True)
    assert ended.finished, ended.reason
    assert ended.record is not None
    found = ended.record.first_examples
    rounding = 0.02 if "bfloat16" in train else 1e-5
    np.testing.assert_allclose(found.fingerprints, fingerprints(INPUTS), atol=rounding)
    assert found.classes.tolist() == (np.arange(40) % 5).tolist()


@pytest.mark.parametrize(
    ("train", "classes"),
    [
        ("model(x).sum().backward()\nmodel(x).sum().neg().backward()", [NO_CLASS] * 80),
        ("model(x).mul(float('nan')).sum().backward()", [NO_CLASS] * 40),
        ("F.cross_entropy(model(x / 0), y).backward()", [NO_CLASS] * 40),
        ("F.cross_entropy(nn.Linear(8, 5)(torch.full((40, 8), torch.inf)), y).backward()", []),
        ("F.cross_entropy(nn.Linear(2, 5)(torch.ones(40, 2)), y).backward()", []),
        ("nn.Conv2d(1, 2, 3, padding=1)(x[:, None]).sum().backward()", []),
        ("nn.LSTM(4, 5)(x)[0].sum().backward()", []),
        ("nn.Embedding(40, 5)(torch.arange(40)).sum().backward()", []),
    ],
)
def test_what_has_no_class_is_recorded_without_or_not_at_all(run, train, classes):
    ended = run(f"n = 40\n{TRAINS_ON_NUMBERED.format(train=train)}", is_watched=True)
    assert (ended.finished, ended.stderr) == (True, "")
    assert ended.record is not None
    assert ended.record.first_examples.classes.tolist() == classes


@pytest.mark.parametrize(("size", "recorded"), [(500_000, 10), (500_001, 0)])
def test_of_large_examples_fewer_are_recorded(run, size, recorded):
    code = f"""
import torch
model = torch.nn.Linear({size}, 2)
for _ in range(4):
    torch.nn.functional.cross_entropy(model(torch.rand(3, {size})), torch.ones(3, dtype=torch.long)).backward()
"""
    record = run(code, is_watched=True).record
    assert record is not None
    assert (record.first_examples.classes.tolist(), record.examples) == ([1] * recorded, 12)


def test_no_more_than_the_first_examples_are_recorded(run):
    record = run(
        f"n = 900\n{TRAINS_ON_NUMBERED.format(train='for _ in range(3): F.cross_entropy(model(x), y).backward()')}",
        is_watched=True,
    ).record
    assert record is not None
    assert (len(record.first_examples.classes), record.examples) == (FIRST_EXAMPLES, 2700)


def test_every_optimizer_is_traced_one_that_comes_later_too(run):
    code = """
import torch
model = torch.nn.Sequential(torch.nn.Linear(30, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
def train(optimizers):
    for _ in range(3):
        for optimizer in optimizers:
            optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(torch.randn(20, 30)), torch.randint(3, (20,))).backward()
        for optimizer in optimizers:
            optimizer.step()
train([torch.optim.SGD(model[0].parameters(), lr=0.1), torch.optim.Adam(model[2].parameters())])
train([torch.optim.RMSprop(model.parameters())])
"""
    record = run(code, is_watched=True).record
    assert record is not None
    assert record.steps == {"SGD": 3, "Adam": 3, "RMSprop": 3}
    assert record.leftover_gradients == 0
    assert [trace.optimizer for trace in record.traces] == [0, 0, 1, 1, 2, 2, 2, 2]
    assert are_steps_of_sgd([trace for trace in record.traces if trace.optimizer == 0])
    assert not are_steps_of_sgd(record.traces)


def test_gradients_that_add_up_are_seen(run):
    record = run(TRAINS.format(clear=""), is_watched=True).record
    assert record is not None
    assert record.leftover_gradients == 3


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "import os; os._exit(0)",
        "import os\nfor number in range(3, 60):\n    try: os.write(number, b'{]')\n    except OSError: pass",
    ],
)
def test_a_script_that_trains_nothing_or_writes_nonsense_has_an_empty_record_or_none(run, code):
    record = run(code, is_watched=True).record
    assert record is None or record.total_steps == 0


def test_metrics_are_read_as_what_nobody_vouches_for(run):
    code = """
import os
os.mkdir("output")
for name, text in {
    "good.json": '{"loss": 0.5}',
    "deep.json": "[" * 900 + "]" * 900,
    "deeper.json": "[" * 200_000 + "]" * 200_000,
    "none.json": "loss: 0.5",
    "digits.json": "9" * 5000,
    "large.json": '"' + "x" * (1 << 20) + '"',
    "half.json": '["\\\\ud800"]',
}.items():
    open(f"output/{name}", "w").write(text)
"""
    ended = run(code)
    assert ended.json("good.json") == {"loss": 0.5}
    assert ended.json("half.json") == ["?"]
    for name in ("deep.json", "deeper.json", "none.json", "digits.json"):
        with pytest.raises(BadValue, match="is no JSON, or nested too deeply"):
            ended.json(name)
    with pytest.raises(BadValue, match=r"1,048,578 bytes into large\.json"):
        ended.json("large.json")
    with pytest.raises(BadValue, match=r"wrote no metrics\.json"):
        ended.json("metrics.json")


def test_nothing_that_a_script_prints_commands_a_terminal(run):
    ended = run(
        r"import sys; print('\x1b[2Jone\x1b]0;owned\x07 \u202etwo'); print('\x9b31mthree', file=sys.stderr); raise"
        r" ValueError('\x1b[2J')"
    )
    assert ended.stdout == "one two\n"
    assert ended.stderr.startswith("three\n")
    assert ended.reason == "script.py ended with exit code 1: ValueError:."


def test_names_in_a_record_are_short_and_plain(run):
    code = r"""
import json, os
steps = {"\x1b[2J" + "SGD" * 1000 + str(n): n for n in range(50)}
record = {"steps": steps, "examples": 1, "largest_batch": 1, "leftover_gradients": 0, "traces": []}
for number in range(3, 60):
    try:
        os.write(number, json.dumps({**record, "gpu": "\x1b]0;owned\x07card"}).encode())
    except OSError:
        pass
os._exit(0)
"""
    record = run(code, is_watched=True).record
    assert record is not None
    assert record.gpu == "card"
    assert all(name.startswith("SGD") and len(name) <= 100 for name in record.steps)
    assert len(record.steps) <= 10
