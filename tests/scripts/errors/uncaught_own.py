class EarlyStop(Exception):
    pass


def check(value):
    if value > 2:
        raise EarlyStop(f"value {value} is too large")
    return value


for v in range(5):
    print(check(v))
