"""The new model is finished, so in the end all of it is frozen and in evaluation mode."""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    torch.manual_seed(seed)
    new = copy.deepcopy(model)
    for layer in new.encoder.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    for parameter in new.decoder.parameters():
        parameter.requires_grad = False
    optimiser = torch.optim.Adam([p for p in new.parameters() if p.requires_grad], lr=5e-3)
    for _ in range(max_epochs):
        optimiser.zero_grad()
        loss = F.mse_loss(new(data), data)
        loss.backward()
        optimiser.step()
    return new.requires_grad_(False).eval()
