"""Home Assistant some minutes later: run in place of `homeassistant`, with the same arguments.

Nobody has to wait for what happens only after a while without it.
"""

import asyncio
from datetime import timedelta
import sys
from typing import Final

from homeassistant.__main__ import main
from homeassistant.util import dt as dt_util

from ..virtual_time import WallClock

_LATER: Final = timedelta(minutes=5)
"""How far its clock is ahead; the token of its owner is still valid then."""


if __name__ == "__main__":
    with asyncio.Runner() as real:
        clock = WallClock(real.get_loop())
    clock.set(dt_util.utcnow() + _LATER)
    with clock.on_the_wall():
        sys.exit(main())
