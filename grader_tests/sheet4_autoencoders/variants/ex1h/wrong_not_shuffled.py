"""The points come in the same order in each pass.

Loses: test_seed_fixes_the_curve
"""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    net = copy.deepcopy(model)
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    gen = torch.Generator().manual_seed(seed)
    seen, examples_seen, losses = 0, [], []
    while seen < n_examples:
        for idx in torch.arange(len(data)).split(batch_size):
            x = data[idx]
            loss = F.mse_loss(net(x), x)
            opt.zero_grad()
            loss.backward()
            opt.step()
            seen += len(idx)
            examples_seen.append(seen)
            losses.append(loss.item())
            if seen >= n_examples:
                break
    return examples_seen, losses
