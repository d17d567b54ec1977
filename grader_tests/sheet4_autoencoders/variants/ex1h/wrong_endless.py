"""The end is never reached, as nothing is counted.

Loses: test_counts_examples, test_examples_in_a_step, test_starts_from_the_model, test_loss_falls, test_model_is_unchanged, test_seed_fixes_the_curve
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
            examples_seen.append(seen)
            losses.append(loss.item())
            if seen >= n_examples:
                break
    return examples_seen, losses
