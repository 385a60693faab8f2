"""The custom integration OCPP (domain `ocpp`), from which a charger may be taken over.

What its entries and entities look like is described in docs/coming-from.md.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigSubentry,
    OperationNotAllowed,
)
from homeassistant.const import CONF_PORT, Platform
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.recorder import get_instance

from ..const import (
    CONF_CERTIFICATE,
    CONF_ENCRYPTION,
    CONF_KEY,
    CONF_TAKES_IDS,
    DEFAULT_PORT,
    DOMAIN,
)
from .certificate import Encryption

OCPP: Final = "ocpp"
RECORDER: Final = "recorder"

_SAME_ENTITIES: Final = (
    (Platform.SENSOR, "ocpp.{}.energy.active.import.register.sensor", "energy"),
    (Platform.SENSOR, "ocpp.{}.power.active.import.sensor", "power"),
    (Platform.NUMBER, "number.ocpp.{}.maximum_current", "current_limit"),
    (Platform.SWITCH, "switch.ocpp.{}.charge_control", "charging"),
)
"""Platform, unique id there with the charger's name left out, and key here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcppCharger:
    """A charger of an entry of the integration OCPP."""

    entry: ConfigEntry
    identity: str
    name: str
    """Its name there; the unique ids of its entities contain it."""

    @property
    def others(self) -> list[str]:
        """The names of the chargers that share its entry, and so its port."""
        return [
            charger.name
            for charger in _chargers_of(self.entry)
            if charger.identity != self.identity
        ]

    @property
    def connection(self) -> dict[str, Any]:
        """The connection data of its entry, in the form of ours."""
        data = self.entry.data
        connection: dict[str, Any] = {CONF_PORT: data.get(CONF_PORT, DEFAULT_PORT)}
        if data.get("ssl"):
            connection |= {
                CONF_ENCRYPTION: Encryption.FILES.value,
                CONF_CERTIFICATE: data.get("ssl_certfile_path"),
                CONF_KEY: data.get("ssl_keyfile_path"),
            }
        return connection


@callback
def async_chargers(hass: HomeAssistant) -> dict[str, OcppCharger]:
    """Return the chargers of the integration OCPP by their identity, also of disabled entries."""
    return {
        charger.identity: charger
        for entry in hass.config_entries.async_entries(OCPP)
        for charger in _chargers_of(entry)
    }


@callback
def async_ports(hass: HomeAssistant) -> set[int]:
    """Return the ports on which the integration OCPP listens."""
    return {
        entry.data[CONF_PORT]
        for entry in hass.config_entries.async_entries(OCPP, include_disabled=False)
        if CONF_PORT in entry.data
    }


async def async_stop(hass: HomeAssistant, charger: OcppCharger) -> bool:
    """Disable the entry, which frees its port; False if it goes on running."""
    try:
        stopped = await hass.config_entries.async_set_disabled_by(
            charger.entry.entry_id, ConfigEntryDisabler.USER
        )
    except OperationNotAllowed:
        stopped = False
    return stopped and charger.entry.state is ConfigEntryState.NOT_LOADED


async def async_start(hass: HomeAssistant, charger: OcppCharger) -> None:
    """Enable the entry again, with its entities as they were."""
    # An entry that could not be stopped cannot be started either, and runs until a restart.
    with suppress(OperationNotAllowed):
        await hass.config_entries.async_set_disabled_by(charger.entry.entry_id, None)


@callback
def async_entity_ids(hass: HomeAssistant, charger: OcppCharger) -> dict[str, str]:
    """Return the entity ids there that ours can continue, by the keys of ours."""
    registry = er.async_get(hass)
    return {
        key: entity_id
        for platform, unique_id, key in _SAME_ENTITIES
        if (
            entity_id := registry.async_get_entity_id(
                platform, OCPP, unique_id.format(charger.name)
            )
        )
    }


@callback
def async_take_entity_ids(
    hass: HomeAssistant,
    charger: OcppCharger,
    entry: ConfigEntry,
    subentry: ConfigSubentry,
) -> None:
    """Give our entities the ids of theirs, whose history goes on with ours.

    Theirs are removed first: the recorder would otherwise rename their history with them.
    """
    registry = er.async_get(hass)
    for key, entity_id in async_entity_ids(hass, charger).items():
        platform, _, object_id = entity_id.partition(".")
        registry.async_remove(entity_id)
        ours = registry.async_get_or_create(
            platform,
            DOMAIN,
            f"{charger.identity}_{key}",
            config_entry=entry,
            config_subentry_id=subentry.subentry_id,
            suggested_object_id=object_id,
        )
        if ours.entity_id != entity_id:
            if RECORDER in hass.config.components:
                # The history that goes on is theirs; ours would belong to no entity any more.
                get_instance(hass).async_clear_statistics([ours.entity_id])
            registry.async_update_entity(ours.entity_id, new_entity_id=entity_id)


@callback
def async_finish(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Finish what was not on disk of a take-over when Home Assistant was killed."""
    for other in hass.config_entries.async_entries(OCPP):
        # The registries are written later than the entry that was disabled or enabled.
        dr.async_config_entry_disabled_by_changed(dr.async_get(hass), other)
        er.async_config_entry_disabled_by_changed(er.async_get(hass), other)
    chargers = async_chargers(hass)
    for subentry in entry.subentries.values():
        data, charger = subentry.data, chargers.get(str(subentry.unique_id))
        if CONF_TAKES_IDS not in data:
            continue
        if charger and async_entity_ids(hass, charger):
            async_take_entity_ids(hass, charger, entry, subentry)
        elif hass.state is not CoreState.running:
            # The registry has come from the disk, with the ids.
            rest = {key: data[key] for key in data if key != CONF_TAKES_IDS}
            hass.config_entries.async_update_subentry(entry, subentry, data=rest)


def _chargers_of(entry: ConfigEntry) -> list[OcppCharger]:
    """Read the chargers of an entry; none if its format is unknown."""
    found = []
    listed = entry.data.get("cpids")
    for chargers in listed if isinstance(listed, list) else []:
        for identity, settings in (
            chargers.items() if isinstance(chargers, Mapping) else ()
        ):
            name = settings.get("cpid") if isinstance(settings, Mapping) else None
            if isinstance(identity, str) and isinstance(name, str):
                found.append(OcppCharger(entry=entry, identity=identity, name=name))
    return found
