"""Sends replies before they are asked for, under the numbers that the next requests will have, and again after them.

Must not: earn points, or shift an answer to another question.
Stopped by: a reply counts once, for its own request; whatever it says is an answer that is judged.
"""

# %% ex1_code
import json

kernel = get_ipython().kernel
original = kernel.shell_handlers["probe_request"]


async def forge(stream, ident, parent):
    number = parent["header"]["msg_id"]
    stem, _, count = number.rpartition("_")
    for ahead in range(0, 30):
        header = {**parent["header"], "msg_id": f"{stem}_{int(count) + ahead}"}
        for value in ({"$": "float", "hex": "0x1p+0"}, {"$": "str"}, "a group of three"):
            kernel.session.send(
                stream,
                "probe_reply",
                {"status": "ok", "value": value, "seconds": -1.0, "changed_arguments": [], "warnings": []},
                {"header": header, "parent_header": {}, "metadata": {}, "content": {}},
                ident=ident,
            )
    await original(stream, ident, parent)


kernel.shell_handlers["probe_request"] = forge


def mean_square(x):
    return 0.0
