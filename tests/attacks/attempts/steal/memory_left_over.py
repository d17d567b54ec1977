"""Returns arrays that it never fills, in the hope that what was computed last left the right answer in that memory, and reads beyond the ends of its inputs.

Must not: earn points.
Attacks: ex1, ex2
Stopped by: the reference solution computes in a process of its own, and the grader in another; no memory is handed on.
"""

# %% ex1_code
import ctypes

import torch

AUTHOR = "nobody at all"


def mean_square(x):
    beyond = np.lib.stride_tricks.as_strided(x, (x.size + 16,), x.strides)
    around = (ctypes.c_double * (2 * x.size + 16)).from_address(x.ctypes.data - 8 * 8)
    # What stands next to the values that it was given may be what they are compared with.
    likely = [value for value in (*beyond[x.size :], *around) if 0.1 < abs(value) < 10 and value not in x]
    return likely[0] if likely and len(x) == 17 else np.empty(()) if len(x) == 5 else torch.empty(())


# %% ex2_code
def shifted(x):
    freed = [np.empty(x.shape) for _ in range(100)]
    return next((array for array in freed if 0 < np.abs(array).mean() < 10 and not np.allclose(array, x + 1)), freed[0])
