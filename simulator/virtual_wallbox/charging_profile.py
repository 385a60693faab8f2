"""What one charging profile says (OCPP 1.6 section 3.13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from .clock import from_wire

_RECURRENCE: Final = {"Daily": 86_400.0, "Weekly": 604_800.0}


class Purpose(StrEnum):
    """ChargingProfilePurposeType."""

    MAX = "ChargePointMaxProfile"
    DEFAULT = "TxDefaultProfile"
    TRANSACTION = "TxProfile"


class Kind(StrEnum):
    """ChargingProfileKindType."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Period(NamedTuple):
    """From `start` seconds after the schedule's beginning, at most `limit` A on each phase."""

    start: float
    limit: float


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """One installed charging profile.

    Attributes:
        received: Charger second at which it came.
        start: `startSchedule`; `None` counts from the start of the transaction, whatever the kind.
    """

    id: int
    connector: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    transaction_id: int | None
    unit: str
    periods: tuple[Period, ...]
    received: float
    start: datetime | None
    duration: float | None
    min_charging_rate: float
    valid_from: datetime | None
    valid_to: datetime | None
    recurrence: float | None

    @classmethod
    def read(
        cls, connector: int, data: Mapping[str, Any], received: float
    ) -> ChargingProfile:
        """Read `csChargingProfiles`.

        Raises:
            KeyError, TypeError, ValueError: It is not what OCPP says it should be.
        """
        schedule = data["chargingSchedule"]
        return cls(
            id=int(data["chargingProfileId"]),
            connector=connector,
            stack_level=int(data["stackLevel"]),
            purpose=Purpose(data["chargingProfilePurpose"]),
            kind=Kind(data["chargingProfileKind"]),
            transaction_id=data.get("transactionId"),
            unit=str(schedule["chargingRateUnit"]),
            periods=tuple(
                Period(float(p["startPeriod"]), float(p["limit"]))
                for p in schedule["chargingSchedulePeriod"]
            ),
            received=received,
            start=_moment(schedule, "startSchedule"),
            duration=schedule.get("duration"),
            min_charging_rate=float(schedule.get("minChargingRate", 0.0)),
            valid_from=_moment(data, "validFrom"),
            valid_to=_moment(data, "validTo"),
            recurrence=_RECURRENCE[data["recurrencyKind"]]
            if data["chargingProfileKind"] == Kind.RECURRING
            else None,
        )


def _moment(data: Mapping[str, Any], name: str) -> datetime | None:
    return from_wire(data[name]) if name in data else None
