# Ends that a script asks for, and those that it stops.
import sys
try: sys.exit(3)
except SystemExit as e: print("caught", e.code)
try: exit()
except SystemExit as e: print("caught", e.code)
try: raise SystemExit("bye")
except BaseException as e: print(type(e).__name__, e, e.args)
class Stop(BaseException): pass
try: raise Stop("s")
except Exception: print("no")
except Stop as e: print("stop", e)
try: raise int
except TypeError as e: print(e)
try: raise 5
except TypeError as e: print(e)
def f():
    try: sys.exit("msg")
    finally: print("cleanup")
f()
