"""`torch.nn`: modules, their parameters, and how these begin."""
