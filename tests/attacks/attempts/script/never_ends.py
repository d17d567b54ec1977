"""Runs on without an end, deaf to every signal that can be ignored, with threads that hold on to the interpreter.

Must not: take more than its time, or cost other questions.
Attacks: ex5
Stopped by: the clock of a run: what is not done by then is killed from outside.
"""

# %% train.py
import signal, threading

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()
while True:
    pass
