"""A record at every step, before it is taken, with the loss of the batch; Adam; a shuffled DataLoader that starts again and again."""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    net = copy.deepcopy(model)
    net.train()
    loader = DataLoader(TensorDataset(data), batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed))
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    examples_seen, losses, seen = [], [], 0
    while seen < n_examples:
        for (batch,) in loader:
            loss = F.mse_loss(net(batch), batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            seen += len(batch)
            examples_seen.append(seen)
            losses.append(loss.item())
            if seen >= n_examples:
                break
    return examples_seen, losses
