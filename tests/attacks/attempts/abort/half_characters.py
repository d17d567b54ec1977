"""Puts halves of characters, which have no form as UTF-8, into names, texts, exceptions and metadata.

Must not: stop the grading of others.
Stopped by: texts from the sandbox are made whole where they arrive.
"""

# %% ex1_code
half = "\ud800"
try:
    print("half", half)
except UnicodeError as error:
    print(error)
shell = get_ipython()


def send(kind, content):
    socket = shell.kernel.iopub_socket
    session = shell.display_pub.session
    message = session.msg(kind, content, parent=shell.parent_header)
    import json

    parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata", "content")]
    socket.send_multipart([kind.encode(), b"<IDS|MSG>", b"", *parts])


send("error", {"ename": half, "evalue": half, "traceback": [half]})
send("stream", {"name": "stdout", "text": half})
send("display_data", {"data": {"text/plain": half, half: half}, "metadata": {half: half}})


def mean_square(x):
    if x.size == 17:
        return type(half, (), {})()
    raise ValueError(half)


# %% more
raise ValueError("\ud800")
# %% hand in
notebook.metadata["half"] = "\ud800"
notebook.cells[0].metadata["half"] = "\ud800"
