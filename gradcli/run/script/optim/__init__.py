"""`torch.optim`: optimizers, and schedules of their learning rates."""
