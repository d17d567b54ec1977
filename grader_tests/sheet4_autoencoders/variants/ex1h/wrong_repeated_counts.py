"""The numbers of examples start again with every pass.

Loses: test_counts_examples, test_examples_in_a_step
"""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    learner = copy.deepcopy(model)
    optimiser = torch.optim.SGD(learner.parameters(), lr=0.05)
    order = torch.Generator().manual_seed(seed)
    examples_seen, losses, seen = [], [], 0
    while seen < n_examples:
        for batch in torch.randperm(len(data), generator=order).split(batch_size):
            optimiser.zero_grad()
            loss = F.mse_loss(learner(data[batch]), data[batch])
            loss.backward()
            optimiser.step()
            seen += len(batch)
            examples_seen.append((seen - 1) % len(data) + 1)
            losses.append(loss.item())
            if seen >= n_examples:
                break
    return examples_seen, losses
