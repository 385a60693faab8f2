"""What a session comes to, in the units people read: kWh, kW, seconds, and the home's currency."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from ocpp.v16.enums import Reason

from .charging_session import ChargingSession

_PER_KILO: Final = 1000.0
_WH_DIGITS: Final = 3
"""Digits of a kWh that are a Wh."""
_CENT_DIGITS: Final = 4
"""Digits of a sum of money; rounded only once it has been added up."""


def account(session: ChargingSession) -> dict[str, Any]:
    """Return everything about a session except who; a value that is not known is None.

    Times are ISO 8601 in UTC, durations seconds, energies kWh, powers kW.
    """
    return {name: figure(session) for name, figure in FIGURES.items()}


def charges(session: ChargingSession) -> list[dict[str, Any]]:
    """Return the times within a session in which energy flowed."""
    return [
        {
            "started": _time(charge.began),
            "ended": _time(charge.ended),
            "energy": _kilo(charge.energy),
        }
        for charge in session.charges
    ]


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()


def _kilo(value: float | None) -> float | None:
    return None if value is None else round(value / _PER_KILO, _WH_DIGITS)


def _money(cost: float | None) -> float | None:
    return None if cost is None else round(cost, _CENT_DIGITS)


FIGURES: Final[dict[str, Callable[[ChargingSession], Any]]] = {
    "transaction_id": lambda session: session.transaction_id,
    "plugged_in": lambda session: _time(session.plugged_in or session.started),
    "started": lambda session: _time(session.started),
    "ended": lambda session: _time(session.ended),
    "duration": lambda session: _seconds(session.duration),
    "plugged_time": lambda session: _seconds(session.plugged_time),
    "charging_time": lambda session: _seconds(session.charging_time),
    "energy": lambda session: _kilo(session.energy),
    "peak_power": lambda session: _kilo(session.peak_power),
    "cost": lambda session: _money(session.cost),
    "started_by": lambda session: session.started_by.value,
    "reason": lambda session: Reason(session.reason).name if session.reason else None,
    "offline": lambda session: session.began_offline,
    "delayed": lambda session: session.end_delayed,
    "unattended": lambda session: _kilo(session.unattended),
}
