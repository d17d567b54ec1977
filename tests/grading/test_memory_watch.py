"""The watch over a kernel's memory and over this process's own."""

import itertools
import threading

from sheetgrader.grading.memory_watch import MemoryWatch


class Kernel:
    def __init__(self, used):
        self.used = used
        self.killed = threading.Event()

    def memory_bytes(self):
        return self.used

    def kill(self):
        self.killed.set()


def test_a_kernel_over_its_limit_is_killed():
    kernel = Kernel(used=11 << 20)
    watch = MemoryWatch(kernel, 10 << 20)
    assert kernel.killed.wait(10)
    watch.close()
    assert watch.finding == "it took more than 10 MiB of memory"


def test_a_kernel_that_makes_this_process_grow_is_killed():
    kernel, sizes = Kernel(used=0), iter([100, 100, (1 << 30) + 101])
    watch = MemoryWatch(kernel, 10 << 20, own_bytes=lambda: next(sizes))
    assert kernel.killed.wait(10)
    watch.close()
    assert watch.finding == "it sent more than can be taken"


def test_a_trusted_kernel_is_not_to_blame_where_this_process_grows():
    kernel, sizes = Kernel(used=0), itertools.count(0, 1 << 32)
    watch = MemoryWatch(kernel, 10 << 20, is_trusted=True, own_bytes=lambda: next(sizes))
    assert not kernel.killed.wait(0.7)
    watch.close()


def test_a_kernel_within_its_limits_is_left_alone():
    kernel = Kernel(used=10 << 20)
    watch = MemoryWatch(kernel, 10 << 20, own_bytes=lambda: 0)
    assert not kernel.killed.wait(0.5)
    watch.close()
    watch.close()
    assert watch.finding == ""
