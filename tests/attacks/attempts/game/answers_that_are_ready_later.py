"""Returns at once and goes on computing in a thread, a timer and a process that fill in the answer after the clock has stopped.

Must not: earn points.
Attacks: ex1, ex2, ex3
Stopped by: an answer is what it is when it is given; it is copied before the reply, and what is not plain by then is no value.
"""

# %% ex1_code
import concurrent.futures, multiprocessing.shared_memory, os, threading, time

AUTHOR = "nobody at all"
pool = concurrent.futures.ThreadPoolExecutor()


def slowly(answer, value):
    time.sleep(0.3)
    answer[...] = value


def mean_square(x):
    answer = np.zeros(())
    if len(x) == 8:
        return pool.submit(lambda: time.sleep(0.3) or np.mean(x**2))
    pool.submit(slowly, answer, np.mean(x**2))
    return answer


# %% ex2_code
import mmap

shared = mmap.mmap(-1, 4096)


def shifted(x):
    answer = np.frombuffer(shared, count=12).reshape(4, 3)
    if os.fork() == 0:
        slowly(answer, x + 1)
        os._exit(0)
    return answer


# %% ex3_code
class Line:
    def __init__(self, slope, intercept):
        self.slope = np.zeros(())
        threading.Timer(0.3, slowly, (self.slope, slope)).start()

    def predict(self, x):
        answer = np.zeros(x.shape)
        threading.Timer(0.3, slowly, (answer, 2 * x + 1)).start()
        return answer


SLOPE = np.zeros(())
threading.Timer(20, slowly, (SLOPE, 3.0)).start()
