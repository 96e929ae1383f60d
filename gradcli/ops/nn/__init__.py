"""What networks are made of: activations, losses, convolutions, pools, normalizations."""
