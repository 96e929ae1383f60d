"""`torch.utils.data`: data sets, and batches drawn from them."""
