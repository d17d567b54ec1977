"""Answers a call from a thread long after its time was over, when another question is asked.

Must not: have the late answer taken for the later question.
Stopped by: every reply names the request that it answers.
"""

# %% ex1_code
import threading, time

kernel = get_ipython().kernel
original = kernel.shell_handlers["probe_request"]


async def late(stream, ident, parent):
    def answer():
        for _ in range(40):
            time.sleep(0.1)
            kernel.session.send(
                kernel.shell_stream.socket if hasattr(kernel.shell_stream, "socket") else stream,
                "probe_reply",
                {"status": "ok", "value": {"$": "float", "hex": "0x0p+0"}},
                parent,
                ident=ident,
            )

    threading.Thread(target=answer, daemon=True).start()
    await original(stream, ident, parent)


kernel.shell_handlers["probe_request"] = late
