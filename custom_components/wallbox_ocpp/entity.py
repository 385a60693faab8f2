"""Base of all entities of a charger."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .charger.charger import Charger
from .coordinator import ChargerCoordinator
from .models import WallboxConfigEntry
from .wallbox.state import ChargerState
from .wallbox.views.slices_read import NotingState, Slices


@dataclass(frozen=True, kw_only=True)
class WallboxEntityDescription(EntityDescription):
    """Describe an entity of a charger."""

    lasting: bool = False
    """It stays available while the charger is offline."""
    exists_fn: Callable[[ChargerState], bool] = lambda _: True
    """Whether the charger has it; the entity is added once this is true.

    An entity that is in the registry is added at once.
    """
    wanted_fn: Callable[[ChargerState], bool] | None = None
    """Whether the owner wants the entity; None for an entity that does not depend on it."""
    foreign_fn: Callable[[ChargerState], bool] = lambda _: False
    """Whether the charger cannot have it; the entity is removed once this is true."""


class WallboxEntity(CoordinatorEntity[ChargerCoordinator]):
    """An entity of a charger, which writes its state only when it has changed.

    What it shows is worked out from `known`, and not anew before one of the slices changes that
    were read for it. One that also depends on the time calls `async_look` in time.
    """

    _attr_has_entity_name = True

    entity_description: WallboxEntityDescription

    def __init__(self, charger: Charger, description: WallboxEntityDescription) -> None:
        """Initialize the entity."""
        super().__init__(charger.coordinator)
        self.charger = charger
        self.entity_description = description
        self._attr_unique_id = f"{charger.identity}_{description.key}"
        self._attr_translation_key = description.key
        self._shown: tuple[bool, object] | None = None
        self._looking_at: NotingState | None = None
        self._depends_on: Slices | None = None
        """What it was worked out from; None if it is worked out anew in any case."""

    @property
    def known(self) -> ChargerState:
        """What is known of the charger; an entity reads it from nowhere else."""
        return self._looking_at or self.coordinator.data

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The device of the charger."""
        return self.coordinator.device_info

    @property
    @override
    def available(self) -> bool:
        """Whether the charger is connected, or the entity stays available without."""
        return self.entity_description.lasting or self.known.link.connected

    @property
    def showing(self) -> object:
        """All that this entity shows of the charger besides its availability, to compare."""
        return None

    def can_wait(self, shown: object, now: object) -> bool:
        """Return whether what it would show differs so little from what it shows that it can wait."""
        return False

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        known = self._depends_on
        if known is None or not known.isdisjoint(self.coordinator.changed):
            self._depends_on = self._look()

    @callback
    def async_look(self) -> None:
        """Work out what to show, and write it if it has changed."""
        # What changes until the next update is counted from the last one.
        self._depends_on = None
        self._look()

    def _look(self) -> Slices | None:
        """Return what it depends on; None if it must be looked at again."""
        noting = self._looking_at = NotingState(self.coordinator.data)
        try:
            foreign = self.entity_description.foreign_fn(noting)
            now = (self.available, self.showing)
        finally:
            self._looking_at = None
        shown = self._shown
        if foreign:
            er.async_get(self.hass).async_remove(self.entity_id)
        elif now != shown:
            if self.coordinator.coarse and shown and self.can_wait(shown[1], now[1]):
                return None
            self._shown = now
            self.async_write_ha_state()
        return noting.slices_read


type CreateEntities = Callable[[Charger], Iterable[WallboxEntity]]


async def async_add_chargers(
    hass: HomeAssistant,
    entry: WallboxConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    *,
    create: CreateEntities,
) -> None:
    """Set up a platform: add the entities of all chargers, also of those that are added later."""

    def in_registry() -> set[str]:
        return {entity.unique_id for entity in _registered(hass, entry)}

    # Once: going through the registry for each charger takes long with many.
    known = in_registry()
    for charger in list(entry.runtime_data.chargers.values()):
        _EntityAdder(charger, create, async_add_entities, known)
        await asyncio.sleep(0)
    entry.runtime_data.new_charger_callbacks.append(
        lambda charger: _EntityAdder(charger, create, async_add_entities, in_registry())
    )


class _EntityAdder:
    """Adds the entities of a charger to a platform, and removes those that its owner does not want."""

    def __init__(
        self,
        charger: Charger,
        create: CreateEntities,
        async_add_entities: AddConfigEntryEntitiesCallback,
        in_registry: set[str],
    ) -> None:
        """Add what the charger has now, and look again whenever its state changes."""
        self._charger = charger
        self._coordinator, state = charger.coordinator, charger.state
        self._create = create
        self._async_add_entities = async_add_entities
        self._missing = list(create(charger))
        # Not those of all chargers: it is kept as long as the charger may get another entity.
        self._known = in_registry.intersection(
            entity.unique_id for entity in self._missing
        )
        self._optional: list[WallboxEntity] = []
        self._looked_at: Slices | None = None
        for entity in self._missing:
            if entity.unique_id in self._known and not _is_wanted(entity, state):
                self._forget(entity)
        self._stop_looking = self._coordinator.async_add_listener(self._look)
        self._look()

    @callback
    def _look(self) -> None:
        coordinator, looked_at = self._coordinator, self._looked_at
        if coordinator.subentry.subentry_id not in coordinator.config_entry.subentries:
            # The charger has been deleted, and is about to be forgotten.
            return
        if not self._missing and not self._optional:
            # An update within an update has added the last one.
            return
        if looked_at is not None and looked_at.isdisjoint(coordinator.changed):
            return
        state = NotingState(coordinator.data)
        self._looked_at = state.slices_read
        self._remove_unwanted(state)
        self._add_wanted(state)
        if not self._missing and not self._optional:
            self._stop_looking()

    def _remove_unwanted(self, state: ChargerState) -> None:
        for unwanted in [
            entity for entity in self._optional if not _is_wanted(entity, state)
        ]:
            self._optional.remove(unwanted)
            self._forget(unwanted)
            # An entity that has been removed cannot be added again.
            self._missing += [
                entity
                for entity in self._create(self._charger)
                if entity.unique_id == unwanted.unique_id
            ]

    def _add_wanted(self, state: ChargerState) -> None:
        coming = [
            entity
            for entity in self._missing
            if _is_wanted(entity, state)
            and (
                entity.unique_id in self._known
                or entity.entity_description.exists_fn(state)
            )
        ]
        if not coming:
            return
        self._missing = [entity for entity in self._missing if entity not in coming]
        self._optional += [
            entity for entity in coming if entity.entity_description.wanted_fn
        ]
        subentry_id = self._coordinator.subentry.subentry_id
        self._async_add_entities(coming, config_subentry_id=subentry_id)

    def _forget(self, unwanted: WallboxEntity) -> None:
        hass, entry = self._coordinator.hass, self._coordinator.config_entry
        for entity in _registered(hass, entry):
            if entity.unique_id == unwanted.unique_id:
                er.async_get(hass).async_remove(entity.entity_id)


def _is_wanted(entity: WallboxEntity, state: ChargerState) -> bool:
    wanted_fn = entity.entity_description.wanted_fn
    return wanted_fn is None or wanted_fn(state)


def _registered(hass: HomeAssistant, entry: ConfigEntry) -> list[er.RegistryEntry]:
    """Return all entities of all chargers that are in the registry."""
    return er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
