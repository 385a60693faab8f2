"""What the settings of chargers name: the sun, prices, allowed hours, a time, and a fail-safe."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from custom_components.wallbox_ocpp.const import (
    CONF_ALLOWED_HOURS,
    CONF_FAILSAFE,
    CONF_FAILSAFE_CURRENT,
    CONF_LEASE,
    CONF_PRICE_ENTITY,
    CONF_READY_BY,
    CONF_SOLAR,
)
from homeassistant.components.schedule.const import CONF_ALL_DAYS

type Settings = Mapping[str, Any]

GRID: Final = "sensor.grid"
PRICE: Final = "sensor.price"
SCHEDULE: Final = "schedule.hours"

_SUN: Final[Settings] = {CONF_SOLAR: {"grid": GRID}}
_PRICES: Final[Settings] = {CONF_PRICE_ENTITY: PRICE}
_HOURS: Final[Settings] = {CONF_ALLOWED_HOURS: SCHEDULE}
_READY: Final[Settings] = {CONF_READY_BY: "13:00:00"}

SOURCES: Final[tuple[Settings, ...]] = (
    {**_SUN, **_PRICES, **_READY},
    _SUN,
    {**_PRICES, **_READY},
    {},
    _HOURS,
    {**_SUN, **_HOURS, **_READY},
    _READY,
    {**_PRICES, **_HOURS},
    _PRICES,
)
"""What is planned from."""
FAIL_SAFES: Final[tuple[Settings, ...]] = (
    {CONF_FAILSAFE: "off", CONF_LEASE: 5, CONF_FAILSAFE_CURRENT: 8},
    {CONF_FAILSAFE: "limit", CONF_LEASE: 5, CONF_FAILSAFE_CURRENT: 8},
    {CONF_FAILSAFE: "lease", CONF_LEASE: 5, CONF_FAILSAFE_CURRENT: 6},
    {CONF_FAILSAFE: "no_start", CONF_LEASE: 5, CONF_FAILSAFE_CURRENT: 6},
)
"""What a car gets while nobody is there; leases of minutes, so that most times without a connection are longer."""

_EVERY: Final = timedelta(minutes=30)
_LASTS: Final = timedelta(minutes=20)
_MIDNIGHT: Final = datetime(2000, 1, 1)


def settings_of(number: int) -> Settings:
    """Return what the settings of a charger name at first: of many, each has something else."""
    return {**SOURCES[number % len(SOURCES)], **FAIL_SAFES[number % len(FAIL_SAFES)]}


def week() -> Settings:
    """Return the blocks of the schedule helper: the first two thirds of each half an hour."""
    starts = (
        _MIDNIGHT + number * _EVERY for number in range(timedelta(days=1) // _EVERY)
    )
    blocks = [
        {"from": f"{start:%H:%M:%S}", "to": f"{start + _LASTS:%H:%M:%S}"}
        for start in starts
    ]
    return {"name": "Hours"} | dict.fromkeys(CONF_ALL_DAYS, blocks)


def is_allowed(seconds: float) -> bool:
    """Return whether the schedule helper is on, some seconds since 1970; clocks differ by half hours."""
    return seconds % _EVERY.total_seconds() < _LASTS.total_seconds()
