from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.kernels.recording import OutputRecorder, execution_count

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def recorded(*messages, most_bytes=4000):
    recorder = OutputRecorder(most_bytes)
    for kind, content in messages:
        recorder.add(kind, content)
    return recorder.finished()


def stream(text, name="stdout"):
    return "stream", {"name": name, "text": text}


def display(text, identity=None):
    return "display_data", {
        "data": {"text/plain": text},
        "metadata": {},
        "transient": {"display_id": identity} if identity else {},
    }


def test_neighbouring_texts_of_one_stream_are_joined():
    outputs = recorded(stream("a"), stream("b"), stream("c", "stderr"), stream("d"))
    assert [(output.name, output.text) for output in outputs] == [("stdout", "ab"), ("stderr", "c"), ("stdout", "d")]


def test_clear_output_at_once_and_at_the_next_output():
    assert recorded(stream("a"), ("clear_output", {"wait": False})) == []
    assert [output.text for output in recorded(stream("a"), ("clear_output", {"wait": True}), stream("b"))] == ["b"]
    assert [output.text for output in recorded(stream("a"), ("clear_output", {"wait": True}))] == ["a"]


def test_a_display_is_updated_in_its_place():
    update = ("update_display_data", {"data": {"text/plain": "new"}, "metadata": {}, "transient": {"display_id": "x"}})
    outputs = recorded(display("old", "x"), stream("after"), update)
    assert outputs[0].data["text/plain"] == "new"
    assert "display_id" not in outputs[0]


def test_a_flood_is_cut_and_an_error_after_it_is_kept():
    error = ("error", {"ename": "ValueError", "evalue": "bad", "traceback": ["t" * 5000]})
    outputs = recorded(*[stream("x" * 2000)] * 50, error)
    assert "the output was cut" in outputs[1].text
    assert outputs[-1].ename == "ValueError"
    assert sum(len(str(output)) for output in outputs) < 6000


def test_of_a_text_that_is_too_long_the_beginning_is_kept():
    outputs = recorded(stream("a" * 10), stream("b" * 9000), stream("c"))
    assert outputs[0].text.startswith("a" * 10 + "b" * 500)
    assert "the output was cut" in outputs[1].text
    assert len(outputs) == 2


def test_what_decides_about_points_is_kept_after_a_flood():
    result = (
        "execute_result",
        {"data": {"text/plain": "0.5", "text/html": "x" * 9000}, "metadata": {}, "execution_count": 3},
    )
    outputs = recorded(
        stream("x" * 9000), stream("oh", "stderr"), result, *[stream("more", "stderr")] * 50, *[result] * 50
    )
    assert [(output.output_type, output.get("name")) for output in outputs[2:]] == [
        ("stream", "stderr"),
        ("execute_result", None),
    ]
    assert outputs[2].text == "oh"
    assert outputs[3].data == {"text/plain": "0.5"}


def test_what_was_cleared_leaves_its_room_to_what_follows():
    outputs = recorded(
        *[message for _ in range(50) for message in (("clear_output", {"wait": True}), stream("x" * 600))]
    )
    assert [output.text for output in outputs] == ["x" * 600]


@pytest.mark.parametrize(
    "value",
    [[{}] * 10_000, [[]] * 10_000, [""] * 10_000, [0] * 10_000, {str(key): 0 for key in range(10_000)}, "a\n" * 10_000],
    ids=["dicts", "lists", "texts", "numbers", "keys", "lines"],
)
def test_what_is_short_and_takes_much_memory_is_cut(value):
    kind = "text/plain" if isinstance(value, str) else "application/json"
    message = ("display_data", {"data": {kind: value}, "metadata": {}})
    (cut,) = recorded(message, most_bytes=500_000)
    assert "the output was cut" in cut.text
    assert len(recorded(message, most_bytes=16 << 20)) == 1


def test_an_update_counts_for_each_display_that_it_changes():
    update = (
        "update_display_data",
        {"data": {"text/plain": "x" * 10_000}, "metadata": {}, "transient": {"display_id": "x"}},
    )
    outputs = recorded(*[display("old", "x")] * 20, update, most_bytes=100_000)
    assert sum(len(output.data["text/plain"]) for output in outputs[:-1]) < 100_000
    assert "the output was cut" in outputs[-1].text


def test_updates_of_one_display_take_each_others_room():
    update = ("update_display_data", display("x" * 2000, "x")[1])
    outputs = recorded(display("old", "x"), *[update] * 50, stream("after"))
    assert [output.output_type for output in outputs] == ["display_data", "stream"]


def test_metadata_and_names_of_displays_count():
    content: dict[str, Any]
    for content in (
        {"data": {}, "metadata": {"a": [{}] * 1000}},
        {"data": {"application/json": 1}, "metadata": {}, "transient": {"display_id": "x" * 9000}},
        {"data": {f"application/{number}+json": 1 for number in range(100)}, "metadata": {}},
    ):
        (cut,) = recorded(("display_data", content))
        assert "the output was cut" in cut.text


def test_of_what_cannot_be_read_what_decides_about_points_is_kept():
    outputs = recorded(stream("a"), ("display_data", None), ("error", None), ("execute_result", None), ("comm", None))
    assert [output.output_type for output in outputs] == ["stream", "stream", "error", "execute_result"]
    assert "the output was cut" in outputs[1].text
    (cut,) = recorded(("update_display_data", None))
    assert "the output was cut" in cut.text
    assert [output.text for output in recorded(("clear_output", None), stream("a"))] == ["a"]


KINDS = ["stream", "display_data", "execute_result", "error", "clear_output", "update_display_data", "x"]
MIME_TYPES = [
    "text/plain",
    "image/png",
    "application/json",
    "application/x+json",
    "application+json",
    "a+json",
    "application/json\n",
    "é",
]
#: Contents that have the keys of an output, with values of which some fit.
PLAUSIBLE = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["stdout", "stderr", "x"]) | JSON,
        "text": st.text(max_size=5) | JSON,
        "data": st.dictionaries(st.sampled_from(MIME_TYPES), st.text(max_size=5) | JSON) | JSON,
        "metadata": JSON,
        "execution_count": st.integers() | JSON,
        "ename": st.text(max_size=5) | JSON,
        "evalue": st.text(max_size=5) | JSON,
        "traceback": st.lists(st.text(max_size=5) | JSON) | JSON,
        "transient": st.just({"display_id": "a"}) | JSON,
        "wait": JSON,
    },
)


@given(st.lists(st.tuples(st.sampled_from(KINDS), PLAUSIBLE | JSON)))
def test_whatever_a_kernel_publishes_the_notebook_stays_valid(messages):
    outputs = recorded(*[(kind, content) for kind, content in messages if isinstance(content, dict)])
    cell = nbformat.v4.new_code_cell("", outputs=outputs)
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))


def test_a_cell_has_no_number_below_zero():
    assert execution_count({"execution_count": 3}) == 3
    for count in (-1, True, "1", 1.0, None):
        assert execution_count({"execution_count": count}) is None
