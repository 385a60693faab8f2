"""Plans of several periods, for the tests that send them."""

from datetime import timedelta
from typing import Any

from simulator.virtual_wallbox import FIRMWARES, with_quirks
from simulator.virtual_wallbox.charger import DEFAULT_EPOCH

FOLLOWS = with_quirks(FIRMWARES["6.7.38"], "schedule-followed")
PLAN = ((0, 16), (15, 0), (30, 10), (45, 0))
STARTED = 5.0
SENT = 20.0
"""Charger second at which the plans of the tables begin, if they count from their arrival or by the clock."""


def stamp(second: float) -> str:
    return f"{DEFAULT_EPOCH + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"


def profile(
    kind: str = "Absolute",
    periods: tuple[tuple[float, float], ...] = PLAN,
    *,
    id: int = 2,
    stack: int = 1,
    purpose: str = "TxProfile",
    schedule: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    start = {"startSchedule": stamp(SENT)} if kind == "Absolute" else {}
    return {
        "chargingProfileId": id,
        "stackLevel": stack,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": start, "limit": amps} for start, amps in periods
            ],
        }
        | start
        | (schedule or {}),
    } | more


DEFAULT = profile("Relative", ((0, 0),), id=1, stack=0, purpose="TxDefaultProfile")
