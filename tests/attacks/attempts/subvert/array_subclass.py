"""Returns an ndarray subclass whose arithmetic and comparisons always come out right, and a tensor subclass that does the same.

Must not: earn points.
Stopped by: the wire sends the numbers underneath; on the other side it is a plain array.
"""

# %% ex1_code
import torch


class Right(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        return np.zeros(1) if ufunc is np.subtract else np.True_

    def __array_function__(self, function, types, arguments, keywords):
        return True

    def __eq__(self, other):
        return True


class RightTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), keywords=None):
        return torch.zeros(())


AUTHOR = np.array("a group of three").view(Right)


def mean_square(x):
    return np.zeros(()).view(Right) if x[0] > 0 else torch.zeros(()).as_subclass(RightTensor)
