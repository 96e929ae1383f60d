"""`gradcli check`: is this derivative right?  Autograd, differences and formulas, from a request to a CheckResult."""
