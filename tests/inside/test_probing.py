from __future__ import annotations

import json
import signal
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from sheetgrader.boundary import encoding
from sheetgrader.inside.probing import Namespace

Answer = dict[str, Any]


class Student:
    """A namespace, asked over the wire as a grader asks it."""

    def __init__(self, source: str = "", **variables: Any) -> None:
        self.variables: dict[str, Any] = variables
        exec(compile(source, "cell", "exec"), self.variables)  # noqa: S102  # the tests' own source
        self.namespace = Namespace(
            self.variables,
            figures=lambda cell: [{"suptitle": cell}],
            describe_file=lambda file: "Cell" if file == "cell" else None,
        )

    def ask(self, operation: str, **request: Any) -> Answer:
        buffers: list[encoding.Buffer] = []
        if "values" in request:
            request["values"], buffers = encoding.encode(request["values"])
        answer, out = self.namespace.answer(
            json.loads(json.dumps({"operation": operation} | request)), [bytes(buffer) for buffer in buffers]
        )
        answer = json.loads(json.dumps(answer, allow_nan=False))
        if answer["status"] == "ok":
            answer["value"] = encoding.decode(answer["value"], out, handle=lambda reference: reference)
        else:
            assert out == []
        return dict(answer)

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Answer:
        return self.ask("call", target={"name": name}, values={"arguments": list(arguments), "keywords": keywords})


def handle(reference: encoding.HandleReference) -> Mapping[str, int]:
    return {"handle": reference.id}


def test_a_function_is_called_and_its_value_comes_back() -> None:
    answer = Student("def add(a, b=1): return a + b").call("add", np.arange(3), b=2)
    np.testing.assert_array_equal(answer.pop("value"), [2, 3, 4])
    assert answer.pop("seconds") < 10
    assert answer == {"status": "ok", "changed_arguments": [], "warnings": []}


def test_a_call_without_values_passes_no_arguments() -> None:
    assert Student("def f(): return 'called'").ask("call", target={"name": "f"})["value"] == "called"


def test_a_tensor_of_the_graders_is_a_tensor_for_the_student() -> None:
    student = Student("def kind(x): return f'{type(x).__name__} {x.dtype}'")
    assert student.call("kind", encoding.Tensor(np.zeros(2, np.float32)))["value"] == "Tensor torch.float32"
    assert student.call("kind", np.zeros(2, np.float32))["value"] == "ndarray float32"


def test_a_value_is_fetched_attribute_after_attribute() -> None:
    student = Student("class Model: pass\nmodel = Model(); model.encoder = Model(); model.encoder.weight = 3.5")
    assert student.ask("fetch", target={"name": "model"}, path=["encoder", "weight"])["value"] == 3.5


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ({"target": {"name": "nothing"}}, "nothing"),
        ({"target": {"name": "model"}, "path": ["decoder"]}, "model.decoder"),
        ({"target": {"name": "model"}, "path": ["encoder", "bias", "grad"]}, "model.encoder.bias"),
    ],
    ids=["name", "attribute", "deep attribute"],
)
def test_what_does_not_exist_is_named(request_: dict[str, Any], name: str) -> None:
    student = Student("class Model: pass\nmodel = Model(); model.encoder = Model()")
    for operation in ("fetch", "call"):
        assert student.ask(operation, **request_) == {"status": "missing", "name": name}


def test_names_of_python_itself_are_not_the_students() -> None:
    assert Student().ask("fetch", target={"name": "len"}) == {"status": "missing", "name": "len"}


def test_an_attribute_that_raises_is_told_from_a_missing_one() -> None:
    student = Student(
        "class Model:\n    @property\n    def weight(self): raise ValueError('not trained')\nmodel = Model()"
    )
    answer = student.ask("fetch", target={"name": "model"}, path=["weight"])
    assert (answer["status"], answer["ename"], answer["evalue"]) == ("raised", "ValueError", "not trained")


def test_an_object_crosses_as_a_handle_that_can_be_asked_and_passed_on() -> None:
    student = Student("""
class Model:
    def __init__(self, k): self.k = k
    def times(self, x): return self.k * x
def weight(model, models): return model.k + models[0].k
""")
    model = student.call("Model", 3)["value"]
    assert model.type_name == "Model"
    assert (
        student.ask("call", target=handle(model), path=["times"], values={"arguments": [5], "keywords": {}})["value"]
        == 15
    )
    assert student.ask("fetch", target=handle(model), path=["k"])["value"] == 3

    def as_handle(value: object) -> encoding.HandleReference:
        assert isinstance(value, encoding.HandleReference)
        assert value is model
        return value

    content, buffers = encoding.encode({"arguments": [model, [model]], "keywords": {}}, handle=as_handle)
    answer, _ = student.namespace.answer(
        {"operation": "call", "target": {"name": "weight"}, "values": content}, buffers
    )
    assert answer["value"] == 6


def test_what_can_be_called_is_called_whatever_else_it_is() -> None:
    student = Student("import numpy as np\nf = np.poly1d([2.0, -3.0, 1.0])\ndef derivative(): return f.deriv()")
    derivative = student.call("derivative")["value"]
    assert derivative.type_name == "poly1d"
    answer = student.ask("call", target=handle(derivative), path=[], values={"arguments": [5.0], "keywords": {}})
    assert answer["value"] == 17


def test_the_same_object_has_the_same_handle() -> None:
    student = Student("one = object(); other = object(); pair = [one, other, one]")
    first, second, third = student.ask("fetch", target={"name": "pair"})["value"]
    assert first == third != second


@pytest.mark.parametrize("number", [-1, 0, 10**9, "0", None, 1.0, True])
def test_a_handle_that_was_never_given_out_is_refused(number: object) -> None:
    answer = Student("def f(x): pass").ask("fetch", target={"handle": number})
    assert answer == {"status": "refused", "reason": "the request names an object that this kernel does not hold"}


@pytest.mark.parametrize(
    ("source", "argument"),
    [
        ("def f(x): x[0] = 99", np.arange(3.0)),
        ("def f(x): x.append(1)", [1, 2]),
        ("def f(x): x['new'] = 1", {"a": 1}),
        ("def f(x): x['a'][0][1] = 0.5", {"a": [np.arange(3.0)]}),
        ("def f(x): x[0] = True", [1]),
        ("def f(x): x[0] = -0.0", [0.0]),
        ("def f(x): x[0] = -0.0", np.zeros(1)),
        ("def f(x): x.shape = (3, 1)", np.arange(3.0)),
        ("def f(x): x.add_(1)", encoding.Tensor(np.zeros(3, np.float32))),
        ("def f(x): x.clear()", [1]),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@pytest.mark.filterwarnings("ignore:Setting the shape")
def test_an_argument_that_the_student_changes_is_named(source: str, argument: object) -> None:
    student = Student(source)
    assert student.call("f", argument)["changed_arguments"] == ["0"]
    assert student.ask("call", target={"name": "f"}, values={"arguments": [], "keywords": {"x": argument}})[
        "changed_arguments"
    ] == ["x"]


@pytest.mark.parametrize(
    "argument",
    [
        np.array([np.nan, -0.0]),
        [float("nan"), (1, "a", None, b"b")],
        {"a": np.arange(3)},
        encoding.Tensor(np.full(2, np.nan, np.float32)),
        1 + 2j,
        np.float32(1),
        np.empty((0, 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_argument_that_the_student_only_reads_is_not_named(argument: object) -> None:
    assert Student("def f(x): return str(x)").call("f", argument)["changed_arguments"] == []


def test_a_changed_argument_is_compared_without_asking_the_students_objects() -> None:
    student = Student("class Agreeable:\n    def __eq__(self, other): raise SystemExit\ndef f(x): x[0] = Agreeable()")
    assert student.call("f", [1])["changed_arguments"] == ["0"]


def test_warnings_come_back_however_often_and_whatever_the_student_filters() -> None:
    student = Student(
        "import warnings, numpy as np\nwarnings.simplefilter('ignore'); np.seterr(all='ignore')\ndef f(x): return"
        " np.exp(x), np.log(0 * x)"
    )
    try:
        for _ in range(2):
            assert student.call("f", np.array([1000.0]))["warnings"] == [
                "RuntimeWarning: overflow encountered in exp",
                "RuntimeWarning: divide by zero encountered in log",
            ]
    finally:
        np.seterr(divide="warn", over="warn", invalid="warn")


def test_warnings_that_the_student_handles_do_not_come_back() -> None:
    student = Student("import numpy as np\ndef f(x):\n    with np.errstate(over='ignore'): return np.exp(x)")
    assert student.call("f", np.array([1000.0]))["warnings"] == []


def test_many_long_warnings_are_cut() -> None:
    recorded = Student("import warnings\ndef f():\n    for _ in range(1000): warnings.warn('x' * 10_000)").call("f")[
        "warnings"
    ]
    assert len(recorded) == 20
    assert {len(text) for text in recorded} == {300}


def test_a_warning_that_cannot_be_shown_does_not_break_the_answer() -> None:
    source = """
import warnings
class Odd(UserWarning):
    shown = 0
    def __str__(self):
        Odd.shown += 1
        # The first time it is `warnings` that asks.
        if Odd.shown > 1:
            raise SystemExit
        return "text"
def f(): warnings.warn(Odd())
"""
    assert Student(source).call("f")["warnings"] == ["Odd: <a Odd that cannot be shown>"]


def test_an_exception_comes_back_with_the_students_frames_only() -> None:
    student = Student("import json\n\ndef outer(x):\n    return inner(x)\n\ndef inner(x):\n    return json.loads(x)\n")
    answer = student.call("outer", "{")
    assert answer["status"] == "raised"
    assert answer["ename"] == "JSONDecodeError"
    assert answer["errno"] is None
    assert [line for line in answer["traceback"].splitlines() if line.strip()] == [
        "Cell, line 4, in outer",
        "Cell, line 7, in inner",
    ]


def test_an_operating_system_error_comes_back_with_its_number() -> None:
    answer = Student("def f(): open('/no/such/file')").call("f")
    assert (answer["ename"], answer["errno"]) == ("FileNotFoundError", 2)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise MemoryError", "MemoryError"),
        ("raise BaseException", "BaseException"),
        ("raise __import__('asyncio').CancelledError", "CancelledError"),
        ("f()", "RecursionError"),
        ("raise", "RuntimeError"),
    ],
)
def test_whatever_is_raised_is_answered(statement: str, name: str) -> None:
    answer = Student(f"def f(): {statement}").call("f")
    assert (answer["status"], answer["ename"]) == ("raised", name)
    assert len(answer["traceback"]) <= 4000


def test_a_keyboard_interrupt_is_told_from_other_exceptions() -> None:
    assert Student("def f(): raise KeyboardInterrupt").call("f") == {"status": "interrupted"}


def test_an_endless_call_ends_with_an_interrupt() -> None:
    student = Student("def f():\n    while True: pass")
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    # As ipykernel does for the length of a request.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        assert student.call("f") == {"status": "interrupted"}
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


ODD_EXCEPTIONS = {
    "text that raises": "class Odd(Exception):\n    def __str__(self): raise SystemExit",
    "text that is none": "class Odd(Exception):\n    def __str__(self): return 5",
    "no method": "class Odd(Exception):\n    __str__ = __repr__ = property(lambda self: 1 / 0)",
    "no attributes": "class Odd(Exception):\n    def __getattribute__(self, name): raise SystemExit",
    "number that raises": "class Odd(OSError):\n    errno = property(lambda self: 1 / 0)",
    "traceback that raises": "class Odd(Exception):\n    __traceback__ = property(lambda self: 1 / 0)",
    "class that raises": "class Odd(Exception):\n    __class__ = property(lambda self: 1 / 0)",
    "no name": (
        """
class Meta(type):
    __name__ = property(lambda cls: 1 / 0)
class Odd(Exception, metaclass=Meta):
    def __str__(self): raise ValueError
"""
    ),
    "text that lies": (
        """
class Text(str):
    def __getitem__(self, key): raise SystemExit
    def encode(self, *args): raise SystemExit
class Odd(Exception):
    def __str__(self): return Text('text')
"""
    ),
}


@pytest.mark.parametrize("kind", ODD_EXCEPTIONS)
def test_an_exception_that_cannot_be_shown_is_answered(kind: str) -> None:
    answer = Student(f"{ODD_EXCEPTIONS[kind]}\ndef f(): raise Odd").call("f")
    assert (answer["status"], answer["ename"]) == ("raised", "Odd")


def test_long_texts_are_cut_and_made_sendable() -> None:
    answer = Student("def f(): raise ValueError('é\\ud800' * 10_000)").call("f")
    assert len(answer["evalue"]) == 2000
    assert answer["evalue"].startswith("é?é?")


def test_an_asynchronous_function_is_refused_with_the_reason() -> None:
    with warnings.catch_warnings():
        # The coroutine must be closed, or Python complains that nobody awaited it.
        warnings.simplefilter("error")
        answer = Student("async def f(): return 1").call("f")
    assert answer["status"] == "refused"
    assert "asynchronous" in answer["reason"]


def test_a_coroutine_that_will_not_close_is_answered() -> None:
    source = """
class Awaited:
    def __await__(self): yield
async def unwilling():
    try:
        await Awaited()
    finally:
        raise SystemExit
def f():
    coroutine = unwilling()
    coroutine.send(None)
    return coroutine
"""
    assert Student(source).call("f")["ename"] == "SystemExit"


@pytest.mark.parametrize(
    ("value", "limits", "reason"),
    [
        ("list(range(1000))", {"items": 100}, "more than 100 items"),
        ("np.zeros(1000)", {"total_bytes": 100}, "larger than"),
        ("[[[]]]", {"depth": 1}, "nested"),
        ("2 ** 10_000", {}, "binary digits"),
    ],
    ids=["items", "bytes", "depth", "digits"],
)
def test_a_value_over_the_limits_is_refused_with_the_reason(value: str, limits: dict[str, int], reason: str) -> None:
    student = Student(f"import numpy as np\nvalue = {value}\ndef f(): return value")
    for answer in (
        student.ask("fetch", target={"name": "value"}, limits=limits),
        student.ask("call", target={"name": "f"}, limits=limits),
    ):
        assert answer["status"] == "refused"
        assert reason in answer["reason"]


def test_a_value_that_runs_code_when_it_is_read_is_answered() -> None:
    source = """
import torch
class Odd(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *args, **kwargs): raise SystemExit
value = torch.zeros(2).as_subclass(Odd)
"""
    assert Student(source).ask("fetch", target={"name": "value"}) == {
        "status": "refused",
        "reason": "the value could not be read: SystemExit",
    }


def test_a_class_that_hides_its_name_crosses_as_a_handle() -> None:
    student = Student(
        "class Meta(type):\n    __name__ = property(lambda cls: 1 / 0)\nclass Hidden(metaclass=Meta): pass\nvalue ="
        " Hidden()"
    )
    assert student.ask("fetch", target={"name": "value"})["value"].type_name == "Hidden"


def test_a_probe_runs_the_graders_source_on_the_students_objects() -> None:
    student = Student("import torch\nmodel = torch.nn.Linear(3, 2)")
    source = (
        "def count(model):\n    import torch\n    return sum(p.numel() for p in model.parameters() if isinstance(p,"
        " torch.nn.Parameter))"
    )
    model = student.ask("fetch", target={"name": "model"})["value"]
    content, buffers = encoding.encode({"arguments": [model], "keywords": {}}, handle=lambda _: model)
    answer, _ = student.namespace.answer(
        {"operation": "probe", "source": source, "function": "count", "values": content}, buffers
    )
    assert answer["value"] == 8


def test_a_probe_sees_none_of_the_students_names_and_leaves_none_behind() -> None:
    student = Student("secret = 1")
    assert (
        student.ask("probe", source="left = 2\ndef f(): return 'secret' in globals()", function="f")["value"] is False
    )
    assert "left" not in student.variables


@pytest.mark.parametrize(
    ("source", "status"),
    [("def g(): pass", "refused"), ("f = 5", "refused"), ("def f(:", "raised"), ("1 / 0", "raised")],
)
def test_a_probe_that_defines_no_function_is_answered(source: str, status: str) -> None:
    assert Student().ask("probe", source=source, function="f")["status"] == status


def test_a_stand_in_wraps_the_original_until_it_is_restored() -> None:
    student = Student("def f(): return 1\ndef g(): return f()")
    source = "def louder(original): return lambda: original() * 10"
    original = student.variables["f"]
    for expected in (10, 100):
        assert student.ask("stand_in", name="f", source=source, function="louder")["status"] == "ok"
        assert student.call("g")["value"] == expected
    assert student.ask("restore", name="f")["status"] == "ok"
    assert student.variables["f"] is original


def test_a_stand_in_for_a_missing_name_is_given_none_and_leaves_no_name_behind() -> None:
    student = Student()
    source = "def made_up(original):\n    assert original is None\n    return lambda: 5"
    student.ask("stand_in", name="f", source=source, function="made_up")
    assert student.call("f")["value"] == 5
    student.ask("restore", name="f")
    assert "f" not in student.variables


def test_restoring_what_nothing_stands_in_for_changes_nothing() -> None:
    student = Student("f = 1")
    assert student.ask("restore", name="f")["status"] == "ok"
    assert student.variables["f"] == 1


def test_a_stand_in_that_fails_leaves_the_original() -> None:
    student = Student("f = 1")
    assert (
        student.ask("stand_in", name="f", source="def g(original): raise ValueError", function="g")["status"]
        == "raised"
    )
    assert student.ask("restore", name="f")["status"] == "ok"
    assert student.variables["f"] == 1


def test_figure_records_are_sent() -> None:
    assert Student().ask("figures", cell="ex1a_code")["value"] == [{"suptitle": "ex1a_code"}]


def test_a_ping_is_answered() -> None:
    assert Student().ask("ping")["status"] == "ok"


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"operation": "unknown"},
        {"operation": "call"},
        {"operation": "call", "target": "f"},
        {"operation": "call", "target": {}},
        {"operation": "fetch", "target": {"name": 3}},
        {"operation": "probe"},
        {"operation": "stand_in", "name": "f"},
        {"operation": "restore"},
        {"operation": "figures"},
        {"operation": "call", "target": {"name": "f"}, "values": [1]},
        {"operation": "call", "target": {"name": "f"}, "values": {"$": "list", "items": []}},
    ],
    ids=json.dumps,
)
def test_a_malformed_request_is_refused(request_: dict[str, Any]) -> None:
    answer, buffers = Namespace({"f": print}).answer(request_, [])
    assert answer["status"] == "refused"
    assert answer["reason"]
    assert buffers == []


def test_a_model_runs_on_the_graders_tensor() -> None:
    student = Student(
        "import torch\nmodel = torch.nn.Linear(2, 1)\nwith torch.no_grad():\n    model.weight.fill_(1.0);"
        " model.bias.fill_(0.5)"
    )
    answer = student.call("model", encoding.Tensor(np.ones((3, 2), np.float32)))
    np.testing.assert_array_equal(answer["value"], np.full((3, 1), 2.5, np.float32))
    assert torch.is_grad_enabled()
