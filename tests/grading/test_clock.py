"""What ends work that takes too long."""

import signal
import threading
import time

import pytest

from sheetgrader.grading.clock import alarm


def test_a_block_that_takes_too_long_is_ended():
    with pytest.raises(TimeoutError, match="too long"), alarm(0.05, TimeoutError("too long")):
        time.sleep(60)


def test_a_block_in_time_is_left_alone_and_leaves_nothing_behind():
    before = signal.getsignal(signal.SIGALRM)
    with alarm(0.2, TimeoutError()):
        pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    time.sleep(0.3)


def test_in_other_threads_it_does_nothing():
    ended = []

    def work():
        with alarm(0.05, TimeoutError()):
            time.sleep(0.2)
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended
