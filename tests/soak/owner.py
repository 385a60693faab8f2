"""What owners ask for besides on and off: modes, targets, plans, and what prices and sun are like."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
import time
from typing import Any, Final

from custom_components.wallbox_ocpp.const import CONF_FAILSAFE, CONF_READY_BY
from homeassistant.const import UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .home import Home
from .settings import FAIL_SAFES, GRID, PRICE
from .wallbox import PlannedTime, Wallbox

MINUTE: Final = 60.0
QUARTER: Final = timedelta(minutes=15)
MODES: Final = ("now", "now", "now", "planned", "solar", "min_solar", "off")
TARGETS: Final = (0.0, 0.0, 0.5, 1.0, 3.0)
"""kWh."""
SUN: Final = (0.0, 2000.0, 5000.0, 9000.0, 25_000.0)
"""W that the home has left without the cars."""
REPORTED_EVERY: Final = 10.0
"""Seconds between two values of the sensor of the grid."""


def choose_mode(
    home: Home, box: Wallbox, dice: Random, modes: Sequence[str] = MODES
) -> None:
    """Choose one of the modes that there are."""
    if home.hass is None:
        return
    select = home.screen(box.identity).entity("select", "mode")
    possible = select.attributes.get("options", ())
    if not (modes := [mode for mode in modes if mode in possible]):
        return
    mode = dice.choice(modes)
    box.wants(paused=mode == "off", unsure=mode not in ("off", "now"))
    data = {"entity_id": select.entity_id, "option": mode}
    call = home.hass.services.async_call("select", "select_option", data, blocking=True)
    home.request(call)


def set_target(home: Home, box: Wallbox, dice: Random) -> None:
    """Set how much the present car is to get, or take that back."""
    if home.hass:
        box.wants(paused=box.paused, unsure=True)
        target = dice.choice(TARGETS)
        home.request(home.screen(box.identity).set("energy_target", target))


def set_plan(home: Home, box: Wallbox, dice: Random) -> None:
    """Set when the car may charge, in the minutes to come."""
    if home.hass is None:
        return
    begin = time.time() + dice.uniform(-2, 3) * MINUTE
    times: list[PlannedTime] = []
    for _ in range(dice.randrange(1, 6)):
        end = begin + dice.uniform(1, 8) * MINUTE
        times.append(PlannedTime(begin, end, dice.choice((None, 6, 10, 16))))
        begin = end + dice.choice((0.0, 1.0, 4.0)) * MINUTE
    box.plan = times
    box.wants(paused=False, unsure=True)
    home.request(home.act("set_plan", box.identity, slots=[_slot(at) for at in times]))


def clear_plan(home: Home, box: Wallbox, _: Random) -> None:
    """Take the plan back; the mode stays."""
    if home.hass:
        home.request(home.act("clear_plan", box.identity))


def set_ready_by(home: Home, box: Wallbox, dice: Random) -> None:
    """Want the car ready at another time from now on, if its settings name one."""
    if home.hass is None or CONF_READY_BY not in home.settings(box.identity):
        return
    at = dt_util.now() + timedelta(minutes=dice.choice((5, 20, 45, 120, 600)))
    data = {
        "entity_id": home.screen(box.identity).entity_id("time", "ready_by"),
        "time": at.time().replace(microsecond=0),
    }
    call = home.hass.services.async_call("time", "set_value", data, blocking=True)
    home.request(call)


def choose_fail_safe(home: Home, box: Wallbox, dice: Random) -> None:
    """Choose in the settings what a car gets while nobody is there."""
    if home.hass:
        fail_safe = dice.choice(FAIL_SAFES)
        box.wants(paused=box.paused, unsure=fail_safe[CONF_FAILSAFE] != "off")
        home.change(box.identity, fail_safe)


def new_prices(home: Home, _: Wallbox, dice: Random) -> None:
    """Have other prices, of hours or of quarters, some of which may be missing."""
    if home.hass:
        show_prices(home.hass, dice)


def weather(home: Home, _: Wallbox, dice: Random) -> None:
    """Let the sun come or go, or the sensor fall silent."""
    home.sun = dice.choice((*SUN, None))


def show_prices(hass: HomeAssistant, dice: Random) -> None:
    """Show prices of the day to come."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    step = dice.choice((QUARTER, 4 * QUARTER))
    prices = [
        {
            "start": (now + number * step).isoformat(),
            "end": (now + (number + 1) * step).isoformat(),
            "value": round(dice.uniform(-0.05, 0.5), 3),
        }
        for number in range(timedelta(days=1) // step)
        if dice.random() < 0.97
    ]
    hass.states.async_set(
        PRICE, "0.3", {"unit_of_measurement": "EUR/kWh", "raw_today": prices}
    )


def show_grid(home: Home, boxes: list[Wallbox]) -> None:
    """Show what the meter of the home measures, unless its sensor is silent."""
    if home.hass is None or home.sun is None:
        return
    drawn = sum(box.charger.power for box in boxes)
    home.hass.states.async_set(
        GRID,
        f"{drawn - home.sun:.0f}",
        {"unit_of_measurement": UnitOfPower.WATT},
        force_update=True,
    )


def _slot(at: PlannedTime) -> Mapping[str, Any]:
    slot = {
        "start": datetime.fromtimestamp(at.begin, UTC).isoformat(),
        "end": datetime.fromtimestamp(at.end, UTC).isoformat(),
    }
    return slot if at.amps is None else slot | {"limit": at.amps}
