"""Waits: for input, for a lock, for a child, for a network that never answers.

Must not: take more than its time, or cost other questions.
Stopped by: the clocks of cells and calls; input is refused.
"""

# %% ex1_code
import threading, socket


def mean_square(x):
    if x.size == 17:
        return float(input("the answer, please"))
    if x.size == 5:
        threading.Lock().acquire() and threading.Event().wait()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.accept()


# %% before
input()
