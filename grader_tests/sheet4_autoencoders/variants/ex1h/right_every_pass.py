"""A record after every pass and at the end; weights are put back into the same model in the end."""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    start = copy.deepcopy(model.state_dict())
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    generator = torch.Generator()
    generator.manual_seed(seed)
    seen, record = 0, []
    while seen < n_examples:
        order = torch.randperm(len(data), generator=generator)[: n_examples - seen]
        for batch in order.split(batch_size):
            optimiser.zero_grad()
            F.mse_loss(model(data[batch]), data[batch]).backward()
            optimiser.step()
        seen += len(order)
        with torch.no_grad():
            record.append((seen, F.mse_loss(model(data), data).item()))
    optimiser.zero_grad()
    model.load_state_dict(start)
    return [count for count, _ in record], [loss for _, loss in record]
