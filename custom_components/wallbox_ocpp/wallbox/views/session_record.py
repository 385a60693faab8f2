"""Figures of a session in the units that people read: kWh, kW, seconds, the home's currency."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from ocpp.v16.enums import Reason

from ..model.charging_session import ChargingSession
from ..model.money import rounded

type Figures = dict[str, Callable[[ChargingSession], Any]]

_PER_KILO: Final = 1000.0
_WH_DIGITS: Final = 3
"""Decimal digits of a kWh, which show a Wh."""
_REASONS: Final = {reason.value: reason for reason in Reason}


def account(
    session: ChargingSession,
    figures: Figures,
    time: Callable[[datetime], str] = datetime.isoformat,
) -> dict[str, Any]:
    """Return figures of a session; None where unknown.

    Durations are in seconds, energies in kWh, powers in kW, and times as `time` formats them.
    """
    return {name: _plain(figure(session), time) for name, figure in figures.items()}


def charges(session: ChargingSession) -> list[dict[str, Any]]:
    """Return the charges of a session, in the units of `account`."""
    return [
        {
            "started": charge.began.isoformat(),
            "ended": charge.ended.isoformat() if charge.ended else None,
            "energy": _kilo(charge.energy),
        }
        for charge in session.charges
    ]


def paid_in(currency: str) -> Figures:
    """Return the figures in money, rounded to the digits of a currency."""
    return {
        "cost": lambda session: (
            None if session.cost is None else rounded(session.cost, currency)
        )
    }


def _plain(value: Any, time: Callable[[datetime], str]) -> Any:
    match value:
        case datetime():
            return time(value)
        case timedelta():
            return value.total_seconds()
        case _:
            return value


def _reason(stored: str | None) -> str | None:
    """Return the name of a reason in OCPP; a damaged file may hold another one."""
    if not stored:
        return None
    return _REASONS.get(stored, Reason.other).name


def _kilo(value: float | None) -> float | None:
    return None if value is None else round(value / _PER_KILO, _WH_DIGITS)


FIGURES: Final[Figures] = {
    "transaction_id": lambda session: session.transaction_id,
    "plugged_in": lambda session: session.plugged_in or session.started,
    "started": lambda session: session.started,
    "ended": lambda session: session.ended,
    "duration": lambda session: session.duration,
    "plugged_time": lambda session: session.plugged_time,
    "charging_time": lambda session: session.charging_time,
    "energy": lambda session: _kilo(session.energy),
    "peak_power": lambda session: _kilo(session.peak_power),
    "cost": lambda session: session.cost,
    "started_by": lambda session: session.started_by.value,
    "who": lambda session: session.who,
    "reason": lambda session: _reason(session.reason),
    "offline": lambda session: session.began_offline,
    "delayed": lambda session: session.end_delayed,
    "unattended": lambda session: _kilo(session.unattended),
}
"""The figures of a session without money; for that see `paid_in`."""

WHO: Final[Figures] = {"id_tag": lambda session: session.id_tag}
"""The idTag, which is shown only if the owner wants it."""
