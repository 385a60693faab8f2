"""The owner's wish as charging profiles: what the charger holds is what it does when it is alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mashumaro import DataClassDictMixin
from ocpp.v16 import call
from ocpp.v16.datatypes import ChargingProfile, ChargingSchedule, ChargingSchedulePeriod
from ocpp.v16.enums import (
    ChargingProfileKindType,
    ChargingProfilePurposeType,
    ChargingRateUnitType,
)

from ..csms.requests import ConfigurationKey

CONNECTOR: Final = 1
"""The only connector of every Wallbox seen so far (wallbox-facts §2, NumberOfConnectors)."""

REMOTE_ID_TAG: Final = "HOMEASSISTANT"
"""The idTag of transactions that we start; at most 20 characters (OCPP 1.6 §7.28)."""

MAXIMUM_CURRENT: Final = 32
"""Amps. The charger itself lowers this to the ceiling its installer set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish(DataClassDictMixin):
    """What the owner last asked for. ``current_limit`` is in whole amps, 6 or more."""

    charging: bool = True
    current_limit: int = MAXIMUM_CURRENT

    @property
    def current(self) -> int:
        """Amps to allow: 0 pauses, and leaves the transaction open."""
        return self.current_limit if self.charging else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """One way to word a charging profile."""

    kind: ChargingProfileKindType
    stack_level: int


PLAIN: Final = Style(kind=ChargingProfileKindType.relative, stack_level=0)
"""Works on 5.x, which wants stack level 0, and on 6.x, which wants Relative
(wallbox-facts §3.7); and one stack loses its highest level over a reboot
(charge-point-facts §2, P6)."""


def default_profile(wish: Wish, style: Style = PLAIN) -> call.SetChargingProfile:
    """Word the wish for every transaction to come, also one that starts offline."""
    return _profile(1, ChargingProfilePurposeType.tx_default_profile, wish, style)


def transaction_profile(
    wish: Wish, transaction_id: int, style: Style = PLAIN
) -> call.SetChargingProfile:
    """Word the wish for the transaction that is open."""
    return _profile(
        2, ChargingProfilePurposeType.tx_profile, wish, style, transaction_id
    )


def holds_transaction_profile(configuration: Mapping[str, ConfigurationKey]) -> bool:
    """Say whether a charger has room for a second profile beside the default one.

    5.x has room for one (wallbox-facts §2), and obeys the default one within a
    transaction too. False until the configuration has been read.
    """
    if not configuration:
        return False
    room = configuration.get("MaxChargingProfilesInstalled")
    return room is None or room.value != "1"


def remote_start() -> call.RemoteStartTransaction:
    """Ask for a transaction.

    It never carries a profile: many firmwares refuse that (wallbox-facts §3.6).
    """
    return call.RemoteStartTransaction(id_tag=REMOTE_ID_TAG, connector_id=CONNECTOR)


def _profile(
    profile_id: int,
    purpose: ChargingProfilePurposeType,
    wish: Wish,
    style: Style,
    transaction_id: int | None = None,
) -> call.SetChargingProfile:
    # Every optional field is left out on purpose: odd ones are what failed validation on
    # chargers in the field (wallbox-facts §3.7).
    return call.SetChargingProfile(
        connector_id=CONNECTOR,
        cs_charging_profiles=ChargingProfile(
            charging_profile_id=profile_id,
            transaction_id=transaction_id,
            stack_level=style.stack_level,
            charging_profile_purpose=purpose,
            charging_profile_kind=style.kind,
            charging_schedule=ChargingSchedule(
                charging_rate_unit=ChargingRateUnitType.amps,
                charging_schedule_period=[
                    ChargingSchedulePeriod(start_period=0, limit=wish.current)
                ],
            ),
        ),
    )
