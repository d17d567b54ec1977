"""Sends valid messages of the largest size allowed as fast as it can, to be kept or dropped by the grader.

Must not: fill the grader's memory, or keep it busy beyond its clocks.
Slow: yes
Stopped by: messages are taken one by one, in bounded portions, and the clocks are looked at between them.
"""

# %% ex1_code
import threading


def flood():
    kernel = get_ipython().kernel
    content = {"data": {"text/plain": "x" * (1 << 24)}, "metadata": {}}
    while True:
        kernel.session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent())


threading.Thread(target=flood, daemon=True).start()


def mean_square(x):
    while True:
        pass
