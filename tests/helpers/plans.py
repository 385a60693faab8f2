"""Plans of a charger in tests: chargers that keep them, their slots, and a car."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.util import dt as dt_util
from simulator.virtual_wallbox import FIRMWARES, VirtualWallbox
from simulator.virtual_wallbox.quirks import with_quirks
from tests.helpers.taciturn import taciturn

MINUTE = 60
HOUR = 60 * MINUTE
KWH = 1000

MODERN = taciturn(FIRMWARES["6.7.38"])
FOLLOWS = with_quirks(MODERN, "schedule-followed")
ONE_PROFILE = with_quirks(replace(FOLLOWS, firmware="5.17.68"), "schedule-one-profile")
KEEPS_PLANS = {
    "it follows all": FOLLOWS,
    "6.x, which ignores Absolute": MODERN,
    "5.x": taciturn(FIRMWARES["5.15.7"]),
    "one profile only": ONE_PROFILE,
    "it takes five periods": with_quirks(FOLLOWS, "schedule-five-periods"),
    "it does not answer to more than five": with_quirks(FOLLOWS, "schedule-no-answer"),
    "it is late": with_quirks(FOLLOWS, "schedule-late"),
    "like MicroOcpp": with_quirks(MODERN, "like-microocpp"),
    "like open-ocpp": with_quirks(MODERN, "like-open-ocpp"),
}
"""Chargers that follow a plan in some dialect."""


type PluggedIn = Callable[..., Awaitable[VirtualWallbox]]
"""Starts a charger that follows a plan, or another one, and lets a car charge at it with 16 A."""


def at(hours: float) -> datetime:
    """Return a time from now on."""
    return dt_util.utcnow() + timedelta(hours=hours)


def slot(start: float, end: float, **limit: int) -> dict[str, Any]:
    """Return a time of a plan, in hours from now on."""
    return {"start": at(start).isoformat(), "end": at(end).isoformat(), **limit}
