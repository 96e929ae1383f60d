"""What scripts import from Python's library, as far as it reaches no file, no network and nothing of the interpreter."""
