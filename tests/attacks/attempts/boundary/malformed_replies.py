"""Answers probes with everything that a reply should not be: other types, deep nesting, numbers as names, half characters, nothing.

Must not: stop the grading, or earn points.
Attacks: ex1, ex2, ex3
Stopped by: replies are read as untrusted data; what is malformed is an answer that cannot be judged.
"""

# %% before
import json, itertools

kernel = get_ipython().kernel
deep = "[" * 900 + "]" * 900
bodies = itertools.cycle(
    [
        "[]",
        "null",
        "{}",
        '{"status": 1}',
        '{"status": "ok"}',
        '{"status": "ok", "value": {"$": []}}',
        '{"status": "missing", "name": %s}' % deep,
        '{"status": "refused", "reason": %s}' % deep,
        '{"status": "raised", "ename": %s, "evalue": {}}' % deep,
        '{"status": "raised", "ename": "\\ud800", "evalue": "\\ud800"}',
        '{"status": "ok", "value": {"$": "handle", "id": 0, "type": "\\ud800"}}',
        '{"status": "ok", "value": {"$": "array", "dtype": "<f8", "shape": [0, 140737488355327, 140737488355327], "buffer": 0}}',
        '{"status": "ok", "value": {"$": "int", "hex": "%s"}}' % ("f" * 2000),
        '{"status": "ok", "value": {"$": "array", "dtype": "O", "shape": [1], "buffer": 0}}',
        '{"status": "ok", "value": %s, "changed_arguments": %s, "warnings": [[]], "seconds": 1e999}' % (deep, deep),
    ]
)


async def answer(stream, ident, parent):
    import zmq

    message = kernel.session.msg("probe_reply", {}, parent=parent)
    parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
    stream.send_multipart([*ident, b"<IDS|MSG>", b"", *parts, next(bodies).encode(), b""])


kernel.shell_handlers["probe_request"] = answer
