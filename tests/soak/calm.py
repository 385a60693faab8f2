"""Looks at a charger to which nothing has happened for a while: whether cars get what they may, and people see it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
import math
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
from .wallbox import FAITHFUL, FOLLOWERS, FORGETFUL, Wallbox

STEADY: Final = 100.0
"""Seconds after a change of the current until it is read, told and judged."""
SHORT: Final = 101.0
"""Wh of a target that may be missing: 100 of it count as nothing, and meters round."""
LEAST: Final = 6.0
"""A that flow at least, if any do."""
AMPS: Final = 0.5
OF_POWER: Final = 0.03
"""Which part of a power people may not see: steps of it, and digits."""
WORSE: Final = 0.05
"""By which part of the usual price a plan may cost more than charging at once: it stays for small differences."""
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
    if home.hass is None or not box.connected:
        return []
    if home.screen(box.identity).sensor("offline_protection") != "protected":
        return []
    plan = await home.plan(box.identity)
    steady = box.charger.now - box.charger.current_history[-1][0] > STEADY
    if not steady:
        return []
    # What is planned is the same for one that does not follow it.
    found = [*_of_what_is_planned(home, box, plan)]
    if box.name in {*FAITHFUL, *FORGETFUL}:
        found += [
            *_of_what_is_shown(home, box),
            *_of_the_current(home, box, sun, plan["delivered"] * 1000),
            *_of_the_plan(box, plan),
        ]
    if box.name in FOLLOWERS and plan.get("followed") == "no":
        found.append("it is said not to follow plans")
    return (
        [*found, f"planned is {plan}, with {home.settings(box.identity)}"]
        if found
        else []
    )


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


def _of_the_current(
    home: Home, box: Wallbox, sun: float, delivered: float
) -> Iterator[str]:
    charger, car = box.charger, box.charger.car
    if charger.transaction is None or car is None or not _wants(box):
        return
    # A car that comes without power and connection cannot be told from the one before.
    owed = min(_owed(home, box, sun, max(box.got, delivered)), car.max_amps)
    if charger.current_drawn < owed - AMPS:
        yield f"{charger.current_drawn} A flow, and {car} may have {owed} A"


def _owed(home: Home, box: Wallbox, sun: float, got: float) -> float:
    """Return the least amps that are allowed now, as far as that can be said."""
    screen = home.screen(box.identity)
    target = float(screen.entity("number", "energy_target").state) * 1000
    if target and got > target - SHORT:
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


def _of_the_plan(box: Wallbox, plan: Mapping[str, Any]) -> Iterator[str]:
    drawn = box.charger.current_drawn
    if plan["mode"] != "planned" or box.charger.transaction is None:
        return
    if plan["state"] in FLOWS and _wants(box) and not drawn:
        yield f"nothing flows, and {plan} is shown"
    if plan["state"] in WAITS and drawn:
        yield f"{drawn} A flow, and {plan} is shown"


def _of_what_is_planned(
    home: Home, box: Wallbox, plan: Mapping[str, Any]
) -> Iterator[str]:
    if plan["mode"] != "planned" or box.charger.transaction is None:
        return
    if box.plan or not _wants(box):
        return
    at, shown = home.settings(box.identity).get(CONF_READY_BY), plan["ready_by"]
    if at and shown and (moment := dt_util.parse_datetime(shown)):
        if f"{dt_util.as_local(moment):%H:%M:%S}" != at[:8]:
            yield f"the car is to be ready by {at}, and {plan} is shown"
    if at and not shown:
        yield f"the car is to be ready by {at}, and {plan} is shown"
    if plan["state"] != "late" and CONF_ALLOWED_HOURS not in home.settings(
        box.identity
    ):
        yield from _of_the_prices(plan)


def _wants(box: Wallbox) -> bool:
    """Return whether there is a car that takes what it may."""
    car = box.charger.car
    return car is not None and not car.paused and not car.full


def _of_the_prices(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield that it would be cheaper to charge as long from now on."""
    prices = [(*_interval(price), float(price["price"])) for price in plan["prices"]]
    now = time.time()
    slots = [
        (max(start, now), end)
        for start, end in map(_interval, plan["slots"])
        if end > now
    ]
    lasts = sum(end - start for start, end in slots)
    planned, at_once = _cost(slots, prices), _cost([(now, now + lasts)], prices)
    if planned is None or at_once is None:
        return
    usual = sum(abs(price) for *_, price in prices) / len(prices)
    if planned - at_once > WORSE * usual * lasts:
        yield f"to charge at once would be cheaper than {plan}"


def _interval(given: Mapping[str, Any]) -> tuple[float, float]:
    """Return when something begins and ends, in seconds since 1970; one without an end never does."""
    end = given["end"]
    return (
        datetime.fromisoformat(given["start"]).timestamp(),
        datetime.fromisoformat(end).timestamp() if end else math.inf,
    )


def _cost(
    times: list[tuple[float, float]], prices: list[tuple[float, float, float]]
) -> float | None:
    """Return what an even power costs in some times; None if not all prices are known."""
    cost = known = 0.0
    for start, end in times:
        for begin, until, price in prices:
            seconds = max(min(end, until) - max(start, begin), 0.0)
            cost, known = cost + seconds * price, known + seconds
    lasts = sum(end - start for start, end in times)
    return cost if lasts and abs(known - lasts) < 1 else None
