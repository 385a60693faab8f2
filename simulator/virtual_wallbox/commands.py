"""What the charger answers to each CALL of the server (docs/chargers.md §3.6)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .charging_commands import (
    clear_charging_profile,
    get_composite_schedule,
    set_charging_profile,
)
from .errors import CallError
from .messages import Payload
from .timers import Timer

if TYPE_CHECKING:
    from .charger import Charger

type Command = Callable[[Charger, dict[str, Any]], Payload]

SLOW_CONFIGURATION = 3.5
"""Seconds GetConfiguration takes on a real charger (3-4 s, docs/chargers.md §2)."""
SLOW_METER_TRIGGER = 7.5
"""Seconds TriggerMessage(MeterValues) may take (7-8 s, docs/chargers.md §3.5)."""
RESET_DELAY = 2.0
"""Seconds between Reset.conf and the reset, enough for a StopTransaction (guess)."""
LATE_RESET_CONF = 1.0
"""Seconds between Reset and its answer where the boot comes first (guess)."""


def answer(
    charger: Charger, action: str, payload: dict[str, Any], violation: str | None = None
) -> Payload:
    """Execute a CALL and return the payload of its result.

    Args:
        charger: Who does it.
        action: OCPP action.
        payload: As received.
        violation: What is wrong with the payload by the schemas of OCPP.

    Raises:
        CallError: It is answered with a CALLERROR.
    """
    command = _COMMANDS.get(action)
    if command is None:
        raise CallError(
            "NotSupported" if action in _NOT_SUPPORTED else "NotImplemented", action
        )
    if violation:
        raise CallError("FormationViolation", violation)
    try:
        return command(charger, payload)
    except (KeyError, TypeError, ValueError) as error:
        raise CallError("ProtocolError", f"validation of {action} failed") from error


def answer_delay(charger: Charger, action: str, payload: dict[str, Any]) -> float:
    """Return how long this answer takes beyond the usual, s."""
    personality = charger.personality
    match action, payload:
        case "GetConfiguration", _ if personality.slow_configuration:
            return SLOW_CONFIGURATION
        case "TriggerMessage", {"requestedMessage": "MeterValues"} if (
            personality.slow_meter_trigger
        ):
            return SLOW_METER_TRIGGER
        case "Reset", _ if personality.boots_before_reset_conf:
            return LATE_RESET_CONF
        case _:
            return 0.0


def _get_configuration(charger: Charger, payload: dict[str, Any]) -> Payload:
    wanted: list[str] = payload.get("key") or []
    if not wanted:
        return {"configurationKey": list(charger.configuration.listed())}
    entries = {name: charger.configuration.entry(name) for name in wanted}
    known = [entry for entry in entries.values() if entry is not None]
    unknown = [name for name, entry in entries.items() if entry is None]
    return {"configurationKey": known} | ({"unknownKey": unknown} if unknown else {})


def _change_configuration(charger: Charger, payload: dict[str, Any]) -> Payload:
    name, value = payload["key"], payload["value"]
    if not isinstance(name, str) or not isinstance(value, str):
        raise TypeError(name)
    before = charger.configuration.effective.get(name)
    status = charger.configuration.change(name, value)
    if charger.configuration.effective.get(name) != before:
        charger.key_changed(name)
    return {"status": status}


def _remote_start(charger: Charger, payload: dict[str, Any]) -> Payload:
    id_tag = payload["idTag"]
    if "chargingProfile" in payload:
        # Real ones answer with a CALLERROR (docs/chargers.md §3.6); the caller of this makes one.
        raise ValueError("chargingProfile")
    connector = charger.connector
    taken = (
        connector.transaction is not None
        or connector.authorised_tag is not None
        or connector.finished
    )
    reserved = connector.reserved_for not in {None, id_tag}
    if (
        taken
        or reserved
        or not connector.operative
        or payload.get("connectorId", 1) != 1
    ):
        return {"status": "Rejected"}
    if charger.configuration.flag("AuthorizeRemoteTxRequests", default=False):
        charger.sessions.ask_server(id_tag)
    else:
        charger.sessions.authorise(id_tag)
    return {"status": "Accepted"}


def _remote_stop(charger: Charger, payload: dict[str, Any]) -> Payload:
    transaction = charger.connector.transaction
    # Id 0 means that the charger never got a usable one; such a session cannot be controlled (docs/chargers.md §3.3).
    if (
        transaction is None
        or not transaction.id
        or transaction.id != payload["transactionId"]
    ):
        return {"status": "Rejected"}
    charger.sessions.end("Remote")
    return {"status": "Accepted"}


def _reset(charger: Charger, payload: dict[str, Any]) -> Payload:
    accepts = {
        "Soft": charger.personality.accepts_soft_reset,
        "Hard": charger.personality.accepts_hard_reset,
    }
    kind = payload["type"]
    if not accepts[kind]:
        return {"status": "Rejected"}
    charger.sessions.end(f"{kind}Reset")
    if charger.personality.boots_before_reset_conf:
        charger.restart()
    else:
        charger.timers.set(Timer.RESET, charger.now + RESET_DELAY)
    return {"status": "Accepted"}


def _change_availability(charger: Charger, payload: dict[str, Any]) -> Payload:
    if payload["connectorId"] not in {0, 1}:
        return {"status": "Rejected"}
    operative = {"Operative": True, "Inoperative": False}[payload["type"]]
    charger.connector.operative = operative
    if operative:
        charger.sessions.consider()
        return {"status": "Accepted"}
    return {
        "status": "Accepted" if charger.connector.transaction is None else "Scheduled"
    }


def _trigger_message(charger: Charger, payload: dict[str, Any]) -> Payload:
    requested = payload["requestedMessage"]
    triggers: dict[str, Callable[[], None]] = {
        "BootNotification": charger.reports.boot,
        "StatusNotification": charger.reports.statuses,
        "MeterValues": charger.reports.triggered_values,
        "Heartbeat": charger.reports.heartbeat,
    }
    if requested not in triggers:
        return {"status": "NotImplemented"}
    triggers[requested]()
    return {"status": "Accepted"}


def _unlock_connector(charger: Charger, payload: dict[str, Any]) -> Payload:
    int(payload["connectorId"])
    if not charger.personality.has_socket:
        # A tethered cable cannot be unlocked: docs/chargers.md §3.6.
        return {"status": "NotSupported"}
    charger.sessions.end("UnlockCommand")
    return {"status": "Unlocked"}


def _clear_cache(charger: Charger, _: dict[str, Any]) -> Payload:
    charger.sessions.clear_cache()
    return {"status": "Accepted"}


def _data_transfer(_: Charger, payload: dict[str, Any]) -> Payload:
    str(payload["vendorId"])
    return {"status": "UnknownVendorId", "data": ""}


def _send_local_list(charger: Charger, payload: dict[str, Any]) -> Payload:
    if not charger.configuration.flag("LocalAuthListEnabled", default=False):
        return {"status": "NotSupported"}
    most = charger.configuration.number("SendLocalListMaxLength")
    entries = payload.get("localAuthorizationList") or []
    return {
        "status": charger.local_list.update(
            payload["listVersion"], payload["updateType"], entries, most=most
        )
    }


def _get_local_list_version(charger: Charger, _: dict[str, Any]) -> Payload:
    enabled = charger.configuration.flag("LocalAuthListEnabled", default=False)
    return {"listVersion": charger.local_list.version if enabled else -1}


def _reserve_now(charger: Charger, payload: dict[str, Any]) -> Payload:
    connector_id, id_tag, reservation_id = (
        payload["connectorId"],
        payload["idTag"],
        payload["reservationId"],
    )
    if connector_id != 1:
        return {"status": "Rejected"}
    return {
        "status": charger.reservations.reserve(
            reservation_id, id_tag, payload["expiryDate"]
        )
    }


def _cancel_reservation(charger: Charger, payload: dict[str, Any]) -> Payload:
    return {
        "status": "Accepted"
        if charger.reservations.cancel(payload["reservationId"])
        else "Rejected"
    }


_COMMANDS: dict[str, Command] = {
    "CancelReservation": _cancel_reservation,
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "ClearChargingProfile": clear_charging_profile,
    "DataTransfer": _data_transfer,
    "GetCompositeSchedule": get_composite_schedule,
    "GetConfiguration": _get_configuration,
    "GetLocalListVersion": _get_local_list_version,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "ReserveNow": _reserve_now,
    "Reset": _reset,
    "SendLocalList": _send_local_list,
    "SetChargingProfile": set_charging_profile,
    "TriggerMessage": _trigger_message,
    "UnlockConnector": _unlock_connector,
}
_NOT_SUPPORTED = frozenset({"GetDiagnostics", "UpdateFirmware"})
"""Advertised as FirmwareManagement, but without a file transfer protocol (docs/chargers.md §3.6, inferred)."""
