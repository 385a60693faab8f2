"""Looks at a charger to which nothing has happened for a while: whether cars get what they may, and people see it."""

from collections.abc import Iterator, Mapping
import re
import time
from typing import Any, Final

from custom_components.wallbox_ocpp.const import (
    CONF_ALLOWED_HOURS,
    CONF_PRICE_ENTITY,
    CONF_READY_BY,
)
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, UnitOfPower
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import PowerConverter

from .home import Home
from .settings import is_allowed
from .wallbox import FAITHFUL, Wallbox

STEADY: Final = 100.0
"""Seconds after a change of the current until it is read, told and judged."""
SHORT: Final = 300.0
"""Wh of a target that count as nothing: it may have been reached."""
LEAST: Final = 6.0
"""A that flow at least, if any do."""
AMPS: Final = 0.5
OF_POWER: Final = 0.03
"""Which part of a power people may not see: steps of it, and digits."""
WORSE: Final = 0.05
"""By which part a plan may cost more than charging at once, as it stays for small differences."""
SUN: Final = 5000.0
"""W that are left of the sun, with which a car begins, on three phases, too."""
WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a word begins in a status of OCPP."""
FLOWS: Final = ("charging", "late")
WAITS: Final = ("waiting_for_plan", "waiting_for_prices", "planned", "done")


async def contradictions(home: Home, box: Wallbox, sun: float) -> list[str]:
    """Return where people see otherwise than it is, or a car gets less than it may.

    ``sun``: W that no car takes.
    """
    if home.hass is None or box.name not in FAITHFUL or not box.connected:
        return []
    if home.screen(box.identity).sensor("offline_protection") != "protected":
        return []
    plan = await home.plan(box.identity)
    steady = box.charger.now - box.charger.current_history[-1][0] > STEADY
    if not steady:
        return []
    return [
        *_of_what_is_shown(home, box),
        *_of_the_current(home, box, sun),
        *_of_the_plan(home, box, plan),
    ]


def _of_what_is_shown(home: Home, box: Wallbox) -> Iterator[str]:
    screen, connector = home.screen(box.identity), box.charger.connector
    status = WORDS.sub("_", connector.status).lower()
    if (seen := screen.sensor("status")) != status:
        yield f"the status is {status}, and {seen} is shown"
    if box.charger.personality.power_always_zero or connector.transaction is None:
        return
    power = screen.entity("sensor", "power")
    if power.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        yield f"{connector.watts} W flow, and {power.state} is shown"
        return
    unit = power.attributes["unit_of_measurement"]
    watts = PowerConverter.convert(float(power.state), unit, UnitOfPower.WATT)
    if abs(watts - connector.watts) > OF_POWER * connector.watts:
        yield f"{connector.watts} W flow, and {watts} W are shown"


def _of_the_current(home: Home, box: Wallbox, sun: float) -> Iterator[str]:
    charger, car = box.charger, box.charger.car
    if charger.transaction is None or car is None or car.paused or car.full:
        return
    owed = min(_owed(home, box, sun), car.max_amps)
    if charger.current_drawn < owed - AMPS:
        yield f"{charger.current_drawn} A flow, and the car may have {owed} A"


def _owed(home: Home, box: Wallbox, sun: float) -> float:
    """Return the least amps that are allowed now, as far as that can be said."""
    screen = home.screen(box.identity)
    target = float(screen.entity("number", "energy_target").state) * 1000
    if target and box.got > target - SHORT:
        return 0.0
    limit = float(screen.entity("number", "current_limit").state)
    match screen.entity("select", "mode").state:
        case "now":
            return limit
        case "min_solar":
            return LEAST
        case "solar" if sun > SUN:
            return LEAST
        case "planned" if not target and _is_owed_hours(home, box):
            return limit
        case _:
            return 0.0


def _is_owed_hours(home: Home, box: Wallbox) -> bool:
    """Return whether the schedule helper alone says when the car may charge, and it may now."""
    named = {CONF_ALLOWED_HOURS, CONF_PRICE_ENTITY, CONF_READY_BY}
    if box.plan or named & {*home.settings(box.identity)} != {CONF_ALLOWED_HOURS}:
        return False
    return is_allowed(time.time()) and is_allowed(time.time() - STEADY)


def _of_the_plan(home: Home, box: Wallbox, plan: Mapping[str, Any]) -> Iterator[str]:
    car, drawn = box.charger.car, box.charger.current_drawn
    if plan["mode"] != "planned" or box.charger.transaction is None:
        return
    wants = car is not None and not car.paused and not car.full
    if plan["state"] in FLOWS and wants and not drawn:
        yield f"nothing flows, and {plan} is shown"
    if plan["state"] in WAITS and drawn:
        yield f"{drawn} A flow, and {plan} is shown"
    if box.plan or not wants:
        return
    at, shown = home.settings(box.identity).get(CONF_READY_BY), plan["ready_by"]
    if at and shown and (moment := dt_util.parse_datetime(shown)):
        if f"{dt_util.as_local(moment):%H:%M:%S}" != at[:8]:
            yield f"the car is to be ready by {at}, and {plan} is shown"
    if at and not shown:
        yield f"the car is to be ready by {at}, and {plan} is shown"
    if plan["state"] != "late" and (plan["saved"] or 0.0) < -WORSE * abs(
        plan["cost"] or 0.0
    ):
        yield f"to charge at once would be cheaper than {plan}"
