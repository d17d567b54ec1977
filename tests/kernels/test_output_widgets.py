from typing import Any

from nbformat import NotebookNode

from sheetgrader.kernels.output_widgets import OutputWidgets

STATE = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "msg_id": "", "outputs": []}


def opened(widgets, identity="w", state=STATE):
    assert widgets.takes(
        "comm_open", {"comm_id": identity, "target_name": "jupyter.widget", "data": {"state": state}}, "request"
    )


def entered(widgets, request, identity="w"):
    message = {"comm_id": identity, "data": {"method": "update", "state": {"msg_id": request}}}
    assert widgets.takes("comm_msg", message, request)


def prints(widgets, request, text="x"):
    return widgets.takes("stream", {"name": "stdout", "text": text}, request)


def outputs(widgets):
    return [change["data"]["state"]["outputs"] for change in widgets.changes()]


def test_a_widget_takes_what_is_put_out_while_it_is_entered():
    widgets = OutputWidgets()
    assert not prints(widgets, "one")
    opened(widgets)
    assert not prints(widgets, "one")
    entered(widgets, "one")
    assert prints(widgets, "one", "a")
    assert prints(widgets, "one", "b")
    assert not prints(widgets, "other")
    entered(widgets, "")
    assert not prints(widgets, "one")
    assert outputs(widgets) == [[NotebookNode(output_type="stream", name="stdout", text="ab")]]
    assert outputs(widgets) == []


def test_of_nested_widgets_the_inner_one_takes_it():
    widgets = OutputWidgets()
    for identity in ("outer", "inner"):
        opened(widgets, identity)
        entered(widgets, "one", identity)
    prints(widgets, "one", "inner")
    entered(widgets, "", "inner")
    prints(widgets, "one", "outer")
    assert [[output.text for output in each] for each in outputs(widgets)] == [["outer"], ["inner"]]


def test_other_widgets_take_nothing():
    widgets = OutputWidgets()
    opened(widgets, state={**STATE, "_model_name": "IntSliderModel"})
    entered(widgets, "one")
    assert not prints(widgets, "one")


def test_malformed_messages_change_nothing():
    widgets = OutputWidgets()
    opened(widgets)
    states: tuple[Any, ...] = (1, {}, {"msg_id": 3})
    malformed: list[Any] = [
        None,
        {},
        {"comm_id": 1},
        {"comm_id": "w", "data": 1},
        {"comm_id": ["w"], "data": {"state": {}}},
    ]
    for content in (*malformed, *({"comm_id": "w", "data": {"state": state}} for state in states)):
        assert widgets.takes("comm_msg", content, "one")
        assert widgets.takes("comm_open", content, "one")
    assert not prints(widgets, "one")
    opened(widgets, "strange", {"_model_module": {}, "_model_name": []})


def test_what_widgets_take_is_bounded():
    widgets = OutputWidgets()
    for number in range(2000):
        opened(widgets, str(number))
        entered(widgets, "one", str(number))
        prints(widgets, "one", "x" * 100_000)
    found = outputs(widgets)
    assert len(found) <= 256
    assert sum(len(output.text) for each in found for output in each) < 32 << 20
