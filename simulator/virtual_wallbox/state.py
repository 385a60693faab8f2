"""All there is to see of a virtual Wallbox, as JSON for the control page and for scripts."""

from dataclasses import asdict
from typing import Any, Final

from .charging_profile import ChargingProfile
from .clock import wire_text
from .driver import VirtualWallbox
from .wire import WireFrame

FIX_KEYS: Final = (
    "AuthEnabled",
    "AuthEnabledOffline",
    "AuthDisabledIdTag",
    "AllowOfflineTxForUnknownId",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "StopTransactionOnEVSideDisconnect",
    "chargingALimitConn1",
)
"""The configuration keys that matter for the offline fix (docs/chargers.md §7.2)."""
_LAST_FRAMES: Final = 14


def state(box: VirtualWallbox) -> dict[str, Any]:
    """Describe a virtual Wallbox as it is now."""
    box.look()
    charger = box.charger
    transaction, car = charger.transaction, charger.car
    return {
        "identity": box.identity,
        "firmware": charger.personality.firmware,
        "model": charger.personality.model,
        "offline_start": charger.personality.offline_start,
        "speed": box.speed,
        "now": charger.now,
        "utc": wire_text(charger.utc),
        "status": charger.status,
        "halo": charger.halo._asdict(),
        "current_drawn": charger.current_drawn,
        "current_per_phase": charger.current_per_phase,
        "offered_amps": charger.offered_amps,
        "allowed_amps": charger.allowed_amps,
        "power_w": charger.power,
        "energy_wh": charger.energy_wh,
        "contactor_closed": charger.contactor_closed,
        "powered": charger.powered,
        "booting": charger.booting,
        "connected": box.connected,
        "offline": charger.offline,
        "network": box.network_cut or "up",
        "car": None if car is None else asdict(car) | {"full": car.full},
        "transaction": None
        if transaction is None
        else {
            "id": transaction.id,
            "id_tag": transaction.id_tag,
            "started_at": wire_text(transaction.started_at),
            "meter_start": transaction.meter_start,
            "unasked": transaction.unasked,
        },
        "profiles": [_profile(profile) for profile in charger.profiles],
        "keys": {key: charger.keys.get(key) for key in FIX_KEYS},
        "pending_keys": [
            key
            for key, value in charger.keys.items()
            if charger.effective_keys[key] != value
        ],
        "current_history": charger.current_history,
        "link_history": charger.link.history,
        "frames": [frame_as_json(frame) for frame in box.wire[-_LAST_FRAMES:]],
    }


def frame_as_json(frame: WireFrame) -> dict[str, Any]:
    """Describe a frame."""
    return frame._asdict()


def _profile(profile: ChargingProfile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "connector": profile.connector,
        "purpose": profile.purpose,
        "kind": profile.kind,
        "stack_level": profile.stack_level,
        "transaction_id": profile.transaction_id,
        "duration": profile.duration,
        "periods": profile.periods,
    }
