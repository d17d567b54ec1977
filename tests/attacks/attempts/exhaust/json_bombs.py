"""Sends small texts that become large objects: millions of empty lists, deep nesting, huge numbers.

Must not: fill the grader's memory, or stop the grading.
Stopped by: the items and the depth of a message are bounded before and after it is read.
"""

# %% ex1_code
kernel = get_ipython().kernel


def send(text):
    message = kernel.session.msg("display_data", {}, parent=kernel.get_parent())
    import json

    parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
    kernel.iopub_socket.send_multipart([b"display_data", b"<IDS|MSG>", b"", *parts, text])


send(b'{"data": {"application/json": [' + b"[]," * 5_000_000 + b'[]]}, "metadata": {}}')
for depth in (100, 400, 700, 900, 100_000):
    send(b'{"data": {"application/json": ' + b"[" * depth + b"]" * depth + b'}, "metadata": {}}')
    send(b'{"data": {"text/plain": "x"}, "metadata": {"a":' + b"[" * depth + b"]" * depth + b"}}")
send(b'{"data": {"application/json": ' + b"9" * 4000 + b'}, "metadata": {"a": NaN, "b": 1e999}}')
