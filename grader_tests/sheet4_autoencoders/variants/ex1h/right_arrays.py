"""Cut off at the last whole batch; a named tuple of arrays; momentum."""

from collections import namedtuple

Curve = namedtuple("Curve", "examples_seen losses")


def learning_curve(model, data, batch_size, n_examples, seed=0):
    torch.manual_seed(seed)
    student = copy.deepcopy(model)
    optimiser = torch.optim.SGD(student.parameters(), lr=0.01, momentum=0.5)
    order = torch.cat([torch.randperm(len(data)) for _ in range(n_examples // len(data) + 1)])
    steps = n_examples // batch_size
    losses = np.zeros(steps)
    for step in range(steps):
        points = data[order[step * batch_size : (step + 1) * batch_size]]
        optimiser.zero_grad()
        loss = ((student(points) - points) ** 2).mean()
        loss.backward()
        optimiser.step()
        losses[step] = loss.item()
    return Curve(np.arange(1, steps + 1) * batch_size, losses)
