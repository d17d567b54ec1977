"""Lets timers, alarms, the kernel's own loop, IPython's events, the garbage collector and finalizers put a right answer in place once a question was judged.

Must not: earn points.
Stopped by: a question is judged when its cells have run; what its answer becomes later is judged by nobody.
"""

# %% ex1_code
import asyncio, atexit, gc, signal, threading, weakref

AUTHOR = "nobody at all"


def mean_square(x):
    return 0.0


def put_right(*anything):
    """Once the answer to the next question stands there."""
    names = get_ipython().user_ns
    if "shifted" in names:
        names["mean_square"] = lambda x: np.mean(np.square(x))
        names["AUTHOR"] = "a group of three"


def again_and_again():
    while True:
        put_right()
        threading.Event().wait(0.01)


async def in_the_loop():
    while True:
        put_right()
        await asyncio.sleep(0.01)


class Finalized:
    pass


threading.Thread(target=again_and_again, daemon=True).start()
threading.Thread(target=again_and_again).start()
threading.Timer(0.5, put_right).start()
signal.signal(signal.SIGALRM, put_right)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
gc.callbacks.append(put_right)
weakref.finalize(Finalized(), put_right)
atexit.register(put_right)
for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
    get_ipython().events.register(event, put_right)
asyncio.get_event_loop().create_task(in_the_loop())
