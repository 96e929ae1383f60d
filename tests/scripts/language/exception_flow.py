# try, except, else, finally: in which order, and what is left.
import torch
def f():
    try:
        return "try"
    finally:
        print("finally")
def g():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
            print("body", i)
        except ValueError: pass
        else: print("else", i)
        finally: print("fin", i)
    return i
def h():
    try:
        raise ValueError("a")
    except ValueError as e:
        try:
            raise KeyError("b")
        except KeyError as k:
            print(repr(e), repr(k))
        raise
print(f(), g())
try: h()
except Exception as e: print(type(e), e, e.args)
try:
    e
except NameError as err: print(err)
class MyErr(RuntimeError): pass
for exc in (MyErr("x"), ValueError, IndexError("i", 2), StopIteration(3), KeyError("k"), AssertionError(), TypeError("t")):
    try: raise exc
    except RuntimeError as e: print("rt", e, repr(e))
    except LookupError as e: print("lookup", e, repr(e))
    except (ValueError, TypeError): print("vt")
    except BaseException as e: print("base", repr(e), str(e))
def nested():
    try:
        try: 1/0
        finally: print("inner finally")
    except ZeroDivisionError: print("outer"); return 1
    finally: print("last")
print(nested())
try:
    try: raise ValueError("first")
    finally: raise TypeError("second")
except TypeError as e: print(e)
try: raise MyErr
except MyErr as e: print(str(e) == "", e.args)
