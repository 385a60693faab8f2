"""Access control of one charger: locking it, its cards, and listeners for presented cards."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ocpp.v16.enums import AuthorizationStatus, ChargePointStatus

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from ..const import CONF_ACCESS_CONTROL, CONF_CARDS, CONF_ID_TAG, CONF_OFFLINE_PROFILE
from ..coordinator import ChargerCoordinator
from ..errors import invalid
from ..storage.cards import cards_in
from ..wallbox.model.events import CardPresented
from ..wallbox.model.offline_fix import ProfileName
from .commands import Commands

GUEST_WITHIN: Final = timedelta(hours=24)
"""How long *Allow once* waits for a car."""

type CardListener = Callable[[CardPresented], None]


class Access:
    """Locks one charger, follows its cards, and informs listeners about presented cards."""

    def __init__(self, coordinator: ChargerCoordinator, commands: Commands) -> None:
        """Start with the cards and the profile in the settings."""
        self._coordinator = coordinator
        self._commands = commands
        self._listeners: list[CardListener] = []
        self._learning: list[asyncio.Future[str]] = []
        self.async_follow_settings()

    @callback
    def async_follow_settings(self) -> None:
        """Apply the cards and the profile in the settings."""
        coordinator, settings = self._coordinator, self._coordinator.subentry.data
        configured = settings.get(CONF_OFFLINE_PROFILE, ProfileName.CHARGE_HQ)
        state = coordinator.data
        lock = state.access.lock.following(ProfileName(configured))
        # As long as it is not decided, there is a lock.
        controlled = settings.get(CONF_ACCESS_CONTROL, True)
        if lock.locked and not controlled:
            # Without the lock nobody could unlock the charger.
            lock = lock.turned(locked=False)
        coordinator.data = replace(
            state,
            access=replace(
                state.access,
                controlled=controlled,
                lock=lock,
                cards=cards_in(settings),
            ),
            charging=state.charging.guarded_by(coordinator.failsafe),
        )

    async def async_turn(self, *, locked: bool) -> None:
        """Lock or unlock: now, or when the charger is connected and no session is open."""
        state = self._coordinator.data
        if not state.identity.is_wallbox:
            raise invalid("not_a_wallbox")
        if not state.settings.fix_enabled:
            raise invalid("lock_without_fix")
        await self._commands.async_set_lock(state.access.lock.turned(locked=locked))

    async def async_allow_once(self) -> None:
        """Let the car that waits charge, or the next one."""
        state = self._coordinator.data
        if not state.locked:
            raise invalid("not_locked")
        until = dt_util.utcnow() + GUEST_WITHIN
        await self._commands.async_set_lock(state.access.lock.expecting(until))
        if state.connector.status is ChargePointStatus.preparing:
            await self._commands.async_start()

    @callback
    def async_on_card(self, listener: CardListener) -> CALLBACK_TYPE:
        """Call the listener for each card that is presented at the charger."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_presented(self, card: CardPresented) -> None:
        """Inform listeners about a presented card; one that is to be added counts as accepted."""
        self._store_spelling(card)
        learning, self._learning = self._learning, []
        for shown in learning:
            if not shown.done():
                shown.set_result(card.id_tag)
        if learning and card.status is not AuthorizationStatus.accepted:
            return
        for listener in tuple(self._listeners):
            listener(card)

    @callback
    def _store_spelling(self, shown: CardPresented) -> None:
        """Store the idTag of a known card as the charger sends it, for the local list."""
        coordinator, known = self._coordinator, shown.card
        if known is None or known.id_tag.casefold() == shown.id_tag.casefold():
            return
        cards = [
            {**card, CONF_ID_TAG: shown.id_tag}
            if card[CONF_ID_TAG] == known.id_tag
            else card
            for card in coordinator.subentry.data[CONF_CARDS]
        ]
        coordinator.async_change_settings({CONF_CARDS: cards})

    async def async_next_card(self) -> str:
        """Wait for the next presented card, and return its idTag."""
        shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._learning.append(shown)
        try:
            return await shown
        finally:
            if shown in self._learning:
                self._learning.remove(shown)
