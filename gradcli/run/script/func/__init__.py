"""`torch.func`: transforms of functions, and functions mapped over batches."""
