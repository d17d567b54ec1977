"""The seed is always 0.

Loses: test_seed_fixes_the_curve
"""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    net = copy.deepcopy(model)
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    gen = torch.Generator().manual_seed(0)
    seen, examples_seen, losses = 0, [], []
    while seen < n_examples:
        for idx in torch.randperm(len(data), generator=gen).split(batch_size):
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
