"""torch's random_split over a data set, float32 tensors."""

import numpy as np
import torch


def load_and_split(path, seed):
    table = torch.from_numpy(np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32))
    dataset = torch.utils.data.TensorDataset(table[:, :1], table[:, 1:])
    parts = torch.utils.data.random_split(dataset, [0.665, 0.335], generator=torch.Generator().manual_seed(seed))
    return tuple(column for part in parts for column in dataset[part.indices])
