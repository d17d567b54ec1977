from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sheetgrader.boundary.encoding import HandleReference
from sheetgrader.graders.failures import BadValue
from sheetgrader.graders.student import Address, Call, Handle, Student, allow_none, fetch, parts, reference_of

from .fake_link import FakeLink

QUESTIONS: dict[str, Callable[[Any], object]] = {
    "equal": lambda proxy: proxy == 1,
    "equal to itself": lambda proxy: operator.eq(proxy, proxy),
    "equal from the right": lambda proxy: 1 == proxy,  # noqa: SIM300  # which side is asked first is the point
    "unequal": lambda proxy: proxy != 1,
    "less": lambda proxy: proxy < 1,
    "at most": lambda proxy: proxy <= 1,
    "greater": lambda proxy: proxy > 1,
    "at least": lambda proxy: proxy >= 1,
    "truth": bool,
    "not": lambda proxy: not proxy,
    "length": len,
    "iteration": list,
    "unpacking": lambda proxy: [*proxy],
    "containment": lambda proxy: 1 in proxy,
    "entry": lambda proxy: proxy[0],
    "index": operator.index,
    "int": int,
    "float": float,
    "sum": sum,
    "range": range,
    "array comparison": lambda proxy: np.arange(3) == proxy,
    "sorting": lambda proxy: sorted([proxy, proxy]),
}


def _proxies() -> list[Student | Address | Handle]:
    link = FakeLink({})
    return [Student(link), Student(link).f, Student(link).model.weight, Handle(link, HandleReference(3, "Model"), 1)]


@pytest.mark.parametrize("proxy", _proxies(), ids=repr)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_no_proxy_answers_for_the_value_it_stands_for(
    proxy: Student | Address | Handle, question: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError):
        question(proxy)


def test_the_refusal_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"^f is not a value: call it, or fetch\(\) it, and judge what comes back$"):
        assert Student(FakeLink({})).f == 1
    with pytest.raises(TypeError, match=r"^<Model> is not a value"):
        assert not Handle(FakeLink({}), HandleReference(3, "Model"), 1)


@pytest.mark.parametrize("proxy", _proxies(), ids=repr)
def test_nothing_is_changed_through_a_proxy(proxy: Any) -> None:
    with pytest.raises(TypeError, match="cannot be changed from a grader"):
        proxy.weight = 1
    with pytest.raises(TypeError, match="cannot be changed from a grader"):
        proxy._link = FakeLink({})


@pytest.mark.parametrize("proxy", _proxies(), ids=repr)
@pytest.mark.parametrize("name", ["_private", "__array__", "__eq_", "__len_hint__", "__deepcopy__"])
def test_names_that_are_private_are_no_addresses(proxy: Any, name: str) -> None:
    with pytest.raises(AttributeError, match="graders use the names that the sheet asks for"):
        getattr(proxy, name)


def test_an_attribute_is_an_address_and_nothing_is_asked() -> None:
    link = FakeLink({})
    address = Student(link).model.layers.weight
    assert repr(address) == "model.layers.weight"
    assert parts(address) == (link, "model", ("layers", "weight"))
    assert link.asked == []


def test_a_call_crosses_with_its_arguments() -> None:
    link = FakeLink({"model.fit": 3.0})
    assert Student(link).model.fit(1, [2], rate=0.1) == 3.0
    assert link.asked == [("model.fit", (1, [2]), {"rate": 0.1})]


def test_a_value_is_fetched() -> None:
    link = FakeLink({"TEAM": ["noether"]})
    assert fetch(Student(link).TEAM) == ["noether"]


def test_a_handle_is_called_and_fetched_by_itself_and_by_its_attributes() -> None:
    link = FakeLink({"<Model>": 1.0, "<Model>.weight": 2.0, "<Model>.layer.forward": 3.0})
    reference = HandleReference(3, "Model")
    model = Handle(link, reference, 7)
    assert reference_of(model) == (reference, 7, link)
    assert model(5) == 1.0
    assert fetch(model) == 1.0
    assert fetch(model.weight) == 2.0
    assert model.layer.forward(5) == 3.0
    _, root, path = parts(model.layer.forward)
    assert root is model
    assert path == ("layer", "forward")


def test_a_handle_is_known_by_its_identity_alone() -> None:
    link = FakeLink({})
    first, second = (Handle(link, HandleReference(3, "Model"), 1) for _ in range(2))
    assert {first: "first", second: "second"}[first] == "first"


def test_none_is_no_answer_unless_it_is_allowed() -> None:
    link = FakeLink({"f": None, "f.g": None, "NOTHING": None})
    with pytest.raises(BadValue, match=r"^It returned None: is a `return` missing\?$"):
        Student(link).f(1)
    assert allow_none(Student(link).f)(1) is None
    with pytest.raises(BadValue):
        allow_none(Student(link).f).g(1)
    assert fetch(Student(link).NOTHING) is None


def test_a_call_in_words() -> None:
    assert Call("f(2)").in_words() == "f(2) was asked for."
    assert Call("f(2)", answered=True, value=0.1 + 0.2).in_words() == "f(2) returned 0.3."
    assert Call("TEAM", verb="is", answered=True, value=["noether"]).in_words() == "TEAM is ['noether']."
    assert Call("f(2)", answered=True, value=None).in_words() == "f(2) returned None."
    handle = Handle(FakeLink({}), HandleReference(3, "Model"), 1)
    assert Call("build()", answered=True, value=handle).in_words() == "build() returned <Model>."


def test_a_flood_is_short_in_words() -> None:
    assert len(Call("f()", answered=True, value="x" * 10**6).in_words()) < 300
    assert "\x1b" not in Call("f()", answered=True, value="\x1b[2J").in_words()
