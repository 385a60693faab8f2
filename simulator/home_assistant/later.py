"""Home Assistant some time later: run in place of `homeassistant`, with the same arguments.

Nobody has to wait for what happens only after a while without it.
"""

import asyncio
from datetime import timedelta
import os
import sys
from typing import Final

from homeassistant.__main__ import main
from homeassistant.util import dt as dt_util

from ..virtual_time import WallClock

LATER_BY: Final = "HOME_ASSISTANT_IS_LATER_BY"
"""The environment variable that says by how many seconds its clock is ahead."""


if __name__ == "__main__":
    with asyncio.Runner() as real:
        clock = WallClock(real.get_loop())
    clock.set(dt_util.utcnow() + timedelta(seconds=float(os.environ[LATER_BY])))
    with clock.on_the_wall():
        sys.exit(main())
