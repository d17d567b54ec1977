"""Sets trace and profile hooks and a thread that change the locals of every frame called ``got``, ``want`` or ``difference``.

Must not: earn points.
Stopped by: the comparison's frames exist in another process.
"""

# %% ex1_code
import sys, threading, ctypes, time


def meddle(frame, event, argument):
    for name in ("got", "want", "expected", "difference", "allowed"):
        if name in frame.f_locals:
            frame.f_locals[name] = 0.0
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    return meddle


sys.setprofile(meddle)
threading.settrace(meddle)


def forever():
    while True:
        for frame in list(sys._current_frames().values()):
            meddle(frame, None, None)
        time.sleep(0.01)


threading.Thread(target=forever, daemon=True).start()
