"""Messages of a kernel's as they arrive, of which no more is read than is wanted."""

import json
from typing import Any

from jupyter_client.session import DELIM

from sheetgrader.kernels.jupyter_messages import read_message


def frames(header=b'{"msg_type": "stream"}', parent=b'{"msg_id": "a"}', metadata=b"{}", content=b'{"text": "x"}'):
    return [b"identity", DELIM, b"signature", header, parent, metadata, content, b"buffer"]


def test_a_message_is_read():
    message = read_message(frames())
    assert (message.kind, message.parent, message.buffers) == ("stream", "a", [b"buffer"])
    assert message.content() == {"text": "x"}


def test_what_is_no_message_is_none():
    broken: list[Any]
    for broken in (
        [],
        frames()[2:],
        frames()[:5],
        frames(header=b"{"),
        frames(header=b"[]"),
        frames(header=b'{"msg_type": 1}'),
        frames(header=b'{"msg_type": "' + b"x" * 100_000 + b'"}'),
        frames(parent=b'{"a": [' + b"{}," * 100_000 + b"{}]}"),
        frames(metadata=b"[" * 1000),
    ):
        assert read_message(broken) is None


def test_a_message_of_no_request_belongs_to_none():
    assert read_message(frames(parent=b'{"msg_id": 1}')).parent is None
    assert read_message(frames(parent=b"{}")).parent is None


def test_what_cannot_be_read_has_no_content():
    for content in (b"{", b"[]", b"1", b"[" * 1000, json.dumps({"a": [{}] * 600_000}).encode()):
        assert read_message(frames(content=content)).content() is None
