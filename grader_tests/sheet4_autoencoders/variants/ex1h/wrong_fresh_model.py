"""The training starts from a new model.

Loses: test_starts_from_the_model
"""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    torch.manual_seed(seed)
    learner = type(model)()
    optimiser = torch.optim.Adam(learner.parameters(), lr=0.01)
    order = torch.Generator().manual_seed(seed)
    examples_seen, losses, seen = [], [], 0
    while seen < n_examples:
        for batch in torch.randperm(len(data), generator=order).split(batch_size):
            optimiser.zero_grad()
            loss = F.mse_loss(learner(data[batch]), data[batch])
            loss.backward()
            optimiser.step()
            seen += len(batch)
            examples_seen.append(seen)
            losses.append(loss.item())
            if seen >= n_examples:
                break
    return examples_seen, losses
