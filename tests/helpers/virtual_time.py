"""Virtual time for tests; what it is, `simulator/virtual_time.py` tells."""

from simulator.virtual_time import PATIENCE, VirtualTimeLoop, WallClock, until

__all__ = ["PATIENCE", "VirtualTimeLoop", "WallClock", "until"]
