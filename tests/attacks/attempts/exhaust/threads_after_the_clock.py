"""Leaves threads, timers, exit hooks and finalizers behind that go on for ever after its cell was stopped, and wait for each other when the process is to end.

Must not: outlive its kernel or hold up the grading.
Stopped by: a kernel is ended from outside, with all it started; no hook of it is waited for.
"""

# %% ex1_code
import atexit, concurrent.futures, signal, sys, threading, time, weakref


def for_ever(*anything):
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass


def a_thread_more():
    """Each starts the next, so that none of them is ever the last to be waited for."""
    time.sleep(0.2)
    threading.Thread(target=a_thread_more).start()
    for_ever()


class Finalized:
    __del__ = for_ever


lock = threading.Lock()
lock.acquire()
kept = Finalized()
kept.itself = kept
weakref.finalize(kept, for_ever)
atexit.register(for_ever)
threading._register_atexit(for_ever)
threading._shutdown = for_ever
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
    signal.signal(number, lambda *anything: None)
pool = concurrent.futures.ThreadPoolExecutor(4)
for _ in range(4):
    pool.submit(lock.acquire)
threading.Thread(target=a_thread_more).start()
sys.stdout.write("they are waiting\n")
for_ever()
