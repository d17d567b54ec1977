"""Answers calls whose time is over, and calls that were answered long ago, once more whenever a later question is asked.

Must not: have the late answer taken for the later question, or cost other questions.
Stopped by: every reply names the request that it answers.
"""

# %% ex1_code
kernel = get_ipython().kernel
original = kernel.shell_handlers["probe_request"]
asked = []


async def late(stream, ident, parent):
    asked.append((ident, parent))
    for old_ident, old in asked[-6:-1]:
        for value in ({"$": "float", "hex": "0x0p+0"}, "a group of three", {"$": "handle", "id": 1, "type": "Line"}):
            content = {"status": "ok", "value": value, "seconds": 0.0, "changed_arguments": [], "warnings": []}
            kernel.session.send(stream, "probe_reply", content, old, ident=old_ident)
    await original(stream, ident, parent)


kernel.shell_handlers["probe_request"] = late


def mean_square(x):
    while True:
        pass
