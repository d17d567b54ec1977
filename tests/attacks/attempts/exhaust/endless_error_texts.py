"""Ends cells with exceptions whose names and texts are as long as a message may be, and sends replies that say so where nothing was raised.

Must not: fill the grader's memory, or the notebook.
Stopped by: of an error that a reply tells of, the beginning is kept.
"""

# %% text
raise ValueError("x" * 3_000_000)

# %% name
raise type("x" * 3_000_000, (Exception,), {})("y" * 3_000_000)

# %% reply
kernel = get_ipython().kernel
original = kernel.session.send


def send(stream, kind, content=None, *arguments, **keywords):
    if kind == "execute_reply":
        content = {"status": "error", "ename": "x" * 9_000_000, "evalue": "y" * 9_000_000, "traceback": ["z"]}
    return original(stream, kind, content, *arguments, **keywords)


kernel.session.send = send

# %% after it
pass
