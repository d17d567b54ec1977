"""Keeps the grader busy with messages that take long to read, and meanwhile takes memory in processes of its own.

Must not: take more than its limit.
Stopped by: the control group over the whole tree, or the watch over its memory, which runs in a process of its own.
"""

# %% ex1_code
import json, os, threading, time

kernel = get_ipython().kernel


def flood(parent):
    message = kernel.session.msg("display_data", {}, parent=parent)
    parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
    text = b'{"data": {"application/json": [' + b"[]," * 900_000 + b'[]]}, "metadata": {}}'
    while True:
        kernel.iopub_socket.send_multipart([b"display_data", b"<IDS|MSG>", b"", *parts, text])


for number in range(6):
    if os.fork() == 0:
        taken = bytearray(os.urandom(1 << 20)) * 200
        time.sleep(60)
flood(kernel.get_parent())
