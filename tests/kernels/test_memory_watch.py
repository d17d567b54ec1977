"""The watch over a kernel's memory."""

import threading

from sheetgrader.kernels.memory_watch import MemoryWatch


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


def test_a_kernel_within_its_limits_is_left_alone():
    kernel = Kernel(used=10 << 20)
    watch = MemoryWatch(kernel, 10 << 20)
    assert not kernel.killed.wait(0.5)
    watch.close()
    watch.close()
    assert watch.finding == ""
