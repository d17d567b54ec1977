"""Answers with its own input, or one array for all answers, and writes something else into that memory at a later call.

Must not: earn points.
Attacks: ex2, ex3
Stopped by: an answer is copied when it is given; nothing that happens to the original afterwards reaches the copy.
"""

# %% ex2_code
import threading

given = []
ONE_FOR_ALL = np.zeros(64)


def shifted(x):
    given.append(x)
    for former in given[:-1]:
        former += 1
    # Right as soon as somebody adds one to what it is the memory of.
    threading.Thread(target=add_one, args=(x,), daemon=True).start()
    return x.T.T


def add_one(x, after=threading.Event()):
    after.wait(0.2)
    x += 1


# %% ex3_code
class Line:
    intercept = 1.0

    def __init__(self, slope, intercept):
        self.slope = ONE_FOR_ALL[:1].reshape(())

    def predict(self, x):
        answer = ONE_FOR_ALL[: x.size]
        threading.Timer(0.2, lambda: answer.__setitem__(slice(None), 2 * x + 1)).start()
        return answer


SLOPE = ONE_FOR_ALL[:1].reshape(())
