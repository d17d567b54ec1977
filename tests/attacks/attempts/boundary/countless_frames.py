"""Answers a call with one message of half a million empty frames, and publishes as many.

Must not: fill the grader's memory, or stop the grading.
Stopped by: a message counts with all its frames; the kernel that makes the grading process grow is killed.
"""

# %% ex1_code
import json, threading

kernel = get_ipython().kernel
original = kernel.shell_handlers["probe_request"]


async def answer(stream, ident, parent):
    if "mean_square" in json.dumps(parent["content"], default=str):
        message = kernel.session.msg("probe_reply", {}, parent=parent)
        parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
        content = b'{"status": "ok", "value": {"$": "float", "hex": "0x1p+0"}, "seconds": 0.0, "changed_arguments": [], "warnings": []}'
        stream.send_multipart([*ident, b"<IDS|MSG>", b"", *parts, content, *[b""] * 500_000])
    else:
        await original(stream, ident, parent)


kernel.shell_handlers["probe_request"] = answer


def mean_square(x):
    return 0.0
