params = {"w": 1.0, "b": 2.0}
for name in ("w", "b", "bias"):
    try:
        print(name, params[name])
    finally:
        print("looked up", name)
