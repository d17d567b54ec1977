"""The old model itself gets the new encoder.

Loses: test_old_model_is_untouched
"""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    torch.manual_seed(seed)
    new = model
    for layer in new.encoder.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    for parameter in new.decoder.parameters():
        parameter.requires_grad = False
    optimiser = torch.optim.Adam(new.encoder.parameters(), lr=5e-3)
    for _ in range(max_epochs):
        optimiser.zero_grad()
        F.mse_loss(new(data), data).backward()
        optimiser.step()
    return new
