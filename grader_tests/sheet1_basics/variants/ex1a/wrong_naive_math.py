"""math.exp raises OverflowError for large negative arguments.

Loses: test_sigmoid_of_large_arguments
"""

import math

import numpy as np

sigmoid = np.vectorize(lambda x: 1 / (1 + math.exp(-x)))
