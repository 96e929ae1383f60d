"""`gradcli explain`: the derivation of gradients, from a request to an Explanation."""
