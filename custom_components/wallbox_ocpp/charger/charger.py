"""The composition root of one charger; serves its connection."""

from datetime import timedelta
from functools import partial
import logging

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from ..csms.messages import BootNotification
from ..csms.server import CentralSystem
from ..csms.session import Request, Session, label
from ..storage.archive import SessionArchive
from ..storage.store import ChargerStore, StoredState
from ..wallbox import consequences
from ..wallbox.model.events import Booted, CardPresented, Event, SessionChanged
from ..wallbox.receive import messages
from ..wallbox.state import ChargerState
from . import plan_settings
from .access import Access
from .access_control import async_decide_once_started
from .commands import Commands
from .expert import Expert
from .issues import async_update_issues
from .linked_entities import LinkedEntities
from .monitor import async_watch
from .month import async_watch_month
from .offline_test import OfflineTester
from .password import ChargerPassword
from .plan_notice import async_watch_plan
from .plan_sources import PlanSources
from .price import Price
from .reconciler import Reconciler
from .session_events import SessionEvents
from .solar_sources import SolarSources
from .statistics import Backfill

_LOGGER = logging.getLogger(__name__)


class Charger:
    """One charger: constructs its parts, and handles its messages."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        central_system: CentralSystem,
        stored: StoredState,
    ) -> None:
        """Construct all parts, with the stored state."""
        self._central_system = central_system
        store = ChargerStore(hass, subentry.subentry_id)
        archive = SessionArchive(hass, subentry.subentry_id)
        self.coordinator = coordinator = ChargerCoordinator(
            hass, entry, subentry, store, stored
        )
        self._followers = (
            SolarSources(coordinator),
            Price(coordinator),
            PlanSources(coordinator),
            LinkedEntities(coordinator),
        )
        self.session_events = SessionEvents(coordinator, archive)
        self.reconciler = Reconciler(coordinator, self.session_events.async_keep)
        self.expert = Expert(coordinator, self.reconciler)
        self.frame_log = central_system.frame_logs[coordinator.identity]
        self.commands = Commands(coordinator, self.reconciler, self.frame_log.recorder)
        self.access = Access(coordinator, self.commands)
        self.password = ChargerPassword(coordinator, self.expert, self.commands)
        self.offline_tester = OfflineTester(coordinator, central_system)
        coordinator.data = plan_settings.following(coordinator)
        self._backfill = Backfill(coordinator)
        self._applied = self._to_apply
        self._session: Session | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        entry.async_on_unload(self.async_shutdown)

    @property
    def identity(self) -> str:
        """The charge point identity typed into the Wallbox app."""
        return self.coordinator.identity

    @property
    def state(self) -> ChargerState:
        """Its state."""
        return self.coordinator.data

    @callback
    def async_admit(self) -> None:
        """Admit connections of the charger, until `async_shutdown`."""
        self._follow_settings()
        self._backfill.async_reconsider()
        hass = self.coordinator.hass
        self._unsubscribe = [
            async_at_started(hass, self.session_events.async_announce),
            *async_watch(self.coordinator, self.expert),
            async_watch_plan(self.coordinator),
            async_watch_month(self.coordinator, self.session_events),
            async_decide_once_started(self.coordinator),
            self._central_system.register(
                self.identity, self._async_serve, lambda: self.password.credentials
            ),
            self.password.async_watch(self._central_system),
            self.offline_tester.async_follow(),
            self.coordinator.async_on_change(
                partial(async_update_issues, self.coordinator)
            ),
            hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self.async_reconfigure),
            hass.bus.async_listen(
                dr.EVENT_DEVICE_REGISTRY_UPDATED,
                self.async_reconfigure,
                event_filter=_is_renamed,
            ),
        ]

    async def async_shutdown(self) -> None:
        """Refuse connections of the charger from now on, stop all parts, and save."""
        while self._unsubscribe:
            self._unsubscribe.pop()()
        for follower in self._followers:
            follower.async_shutdown()
        self._backfill.async_shutdown()
        self.reconciler.async_shutdown()
        await self.coordinator.async_shutdown()

    @callback
    def async_reconfigure(self, _: object = None) -> None:
        """Apply the settings of the charger if they have changed, which happens in place.

        Home Assistant does not tell which charger's have, and applying them takes a while.
        """
        if (settings := self._to_apply) == self._applied:
            return
        self._applied = settings
        self.coordinator.async_set(plan_settings.following(self.coordinator))
        self._follow_settings()
        self.access.async_follow_settings()
        self._update_device()
        self.coordinator.async_save_soon()
        self.reconciler.async_reconsider()
        self.coordinator.async_update_entities()

    async def async_forget(self) -> None:
        """Delete all stored data of a charger that has been removed."""
        self._central_system.frame_logs.pop(self.identity, None)
        await self.coordinator.async_forget()
        await self.session_events.async_forget()

    @property
    def _to_apply(self) -> tuple[object, ...]:
        """The settings and names; whether a price is understood depends on the currency of the home."""
        coordinator = self.coordinator
        subentry, currency = coordinator.subentry, coordinator.hass.config.currency
        return subentry.data, subentry.title, coordinator.display_name, currency

    def _follow_settings(self) -> None:
        for follower in self._followers:
            follower.async_follow()

    # The way in: from the socket to the entities.

    async def _async_serve(self, session: Session) -> None:
        coordinator = self.coordinator
        self._session = session
        self.reconciler.async_connecting()
        now, address = dt_util.utcnow(), session.connection_info.address
        coordinator.async_set(messages.connected(coordinator.data, now, address))
        self.password.async_arrived(session)
        _LOGGER.info("Charger %s is connected", label(self.identity))
        self.reconciler.async_connected(session)
        try:
            async for request in session.requests():
                if not await self._async_handle(session, request):
                    return
        finally:
            if self._session is session:
                self._session = None
                now = dt_util.utcnow()
                heard = now - timedelta(seconds=session.silent_for)
                state = messages.disconnected(
                    coordinator.data, now, session.close_reason, heard
                )
                coordinator.async_set(state)
                self.reconciler.async_disconnected()
                _LOGGER.info("Charger %s is no longer connected", label(self.identity))

    async def _async_handle(self, session: Session, request: Request) -> bool:
        """Handle a message. Return False if the state was not persisted; the charger will then retry."""
        coordinator = self.coordinator
        if isinstance(request.message, BootNotification):
            self.reconciler.async_booting()
        before = coordinator.data
        outcome = consequences.of_message(before, request.message, dt_util.utcnow())
        coordinator.data = state = outcome.state
        if outcome.durable:
            if not await coordinator.async_save() or coordinator.hass.is_stopping:
                return False
        elif state is not before:
            coordinator.async_save_soon()
        if state.metering.history is not before.metering.history:
            self._backfill.async_reconsider()
        await session.answer(request, outcome.answer)
        if outcome.urgent:
            coordinator.async_update_entities()
        elif state is not before:
            coordinator.async_update_measurements()
        for event in outcome.events:
            await self._async_follow(session, event)
        return True

    async def _async_follow(self, session: Session, event: Event) -> None:
        match event:
            case Booted():
                # The connection may have been replaced while the answer was sent.
                if session is self._session:
                    self.reconciler.async_booted(session)
                self._update_device()
            case SessionChanged():
                await self.session_events.async_announce()
            case CardPresented():
                self.access.async_presented(event)
            case _:
                pass

    def _update_device(self) -> None:
        """Update the device with the name and the identity of the charger."""
        coordinator = self.coordinator
        dr.async_get(coordinator.hass).async_get_or_create(
            config_entry_id=coordinator.config_entry.entry_id,
            config_subentry_id=coordinator.subentry.subentry_id,
            **coordinator.device_info,
        )


@callback
def _is_renamed(change: dr.EventDeviceRegistryUpdatedData) -> bool:
    """Return whether the name of a device may have changed that its owner has given it."""
    return change["action"] == "update" and "name_by_user" in change["changes"]
