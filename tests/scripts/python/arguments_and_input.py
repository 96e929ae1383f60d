# What a program finds around it: arguments, standard input, its own file, the environment.
import argparse
import os
import sys

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--shape", type=int, nargs="+", default=[2, 3])
options = parser.parse_args(sys.argv[1:])
print(options, torch.full(options.shape, options.lr))
print(repr(sys.stdin.read()), len(sys.argv), os.path.basename(__file__), __name__)
print(os.environ.get("PYTHONHASHSEED") is not None or True, sys.flags.interactive)
