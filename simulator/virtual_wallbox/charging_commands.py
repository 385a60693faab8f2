"""The SmartCharging commands (OCPP 1.6 §5.5, §5.7, §5.16; docs/chargers.md §3.7)."""

from typing import TYPE_CHECKING, Any, Final

from .charging_profile import ChargingProfile
from .clock import wire_text
from .messages import Payload

if TYPE_CHECKING:
    from .charger import Charger

_OPTIONAL_FIELDS: Final = frozenset({"validFrom", "validTo", "recurrencyKind"})
_OPTIONAL_SCHEDULE_FIELDS: Final = frozenset(
    {"duration", "startSchedule", "minChargingRate"}
)


def set_charging_profile(charger: Charger, payload: dict[str, Any]) -> Payload:
    """Install a profile."""
    data = payload["csChargingProfiles"]
    if charger.personality.rejects_optional_profile_fields and _has_optional_fields(
        data
    ):
        raise ValueError("optional field")
    profile = ChargingProfile.read(payload["connectorId"], data, charger.now)
    transaction = charger.connector.transaction
    status = charger.connector.profiles.install(
        profile,
        open_transaction=transaction.id if transaction is not None else None,
        any_transaction=transaction is not None,
    )
    return {"status": status}


def clear_charging_profile(charger: Charger, payload: dict[str, Any]) -> Payload:
    """Remove profiles."""
    status = charger.connector.profiles.clear(
        profile_id=payload.get("id"),
        connector=payload.get("connectorId"),
        purpose=payload.get("chargingProfilePurpose"),
        stack_level=payload.get("stackLevel"),
    )
    return {"status": status}


def get_composite_schedule(charger: Charger, payload: dict[str, Any]) -> Payload:
    """Tell what the installed profiles add up to; no Wallbox answer is known (docs/chargers.md §3.6)."""
    connector_id, duration = payload["connectorId"], float(payload["duration"])
    if connector_id not in {0, 1} or payload.get("chargingRateUnit", "A") != "A":
        return {"status": "Rejected"}
    connector, end = charger.connector, charger.now + duration
    periods: list[Payload] = []
    second: float | None = charger.now
    while second is not None and second < end:
        amps = connector.allowed_at(second)
        periods.append(
            {
                "startPeriod": round(second - charger.now),
                "limit": charger.personality.max_amps if amps is None else amps,
            }
        )
        second = connector.next_edge(second)
    connector.profiles.evaluated_ahead()
    return {
        "status": "Accepted",
        "connectorId": connector_id,
        "scheduleStart": wire_text(charger.utc),
        "chargingSchedule": {
            "duration": round(duration),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": periods,
        },
    }


def _has_optional_fields(data: dict[str, Any]) -> bool:
    schedule = data["chargingSchedule"]
    phases = any(
        "numberPhases" in period for period in schedule["chargingSchedulePeriod"]
    )
    return phases or bool(
        _OPTIONAL_FIELDS & data.keys() or _OPTIONAL_SCHEDULE_FIELDS & schedule.keys()
    )
