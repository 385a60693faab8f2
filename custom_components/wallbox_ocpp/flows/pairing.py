"""Watches for a new charger, and shows the progress: unknown chargers, wrong passwords, found."""

import asyncio
from enum import StrEnum
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..charger.charger import Charger
from ..csms.handshake import HandshakeAttempt, HandshakeResult
from ..csms.server import CentralSystem
from ..hub.unknown_chargers import escaped
from ..wallbox.model.offline_fix import Verdict

CONNECTS_WITHIN: Final = 10 * 60.0
"""Seconds to wait for a charger; a reboot alone may take five minutes."""
REPORT_WITHIN: Final = 90.0
"""Seconds to wait for the BootNotification after it has connected; it may have to be requested
(docs/chargers.md §3.1)."""


class PairingProgress(StrEnum):
    """The progress of pairing."""

    NOTHING = "nothing"
    NO_IDENTITY = "no_identity"
    """A charger connects without an identity: the URL is incomplete."""
    OTHER_IDENTITY = "other_identity"
    """A charger connects with an unknown identity."""
    WRONG_PASSWORD = "wrong_password"
    WRONG_SUBPROTOCOL = "wrong_subprotocol"
    CONNECTED = "connected"


_OURS: Final = {
    HandshakeResult.WRONG_PASSWORD: PairingProgress.WRONG_PASSWORD,
    HandshakeResult.WRONG_SUBPROTOCOL: PairingProgress.WRONG_SUBPROTOCOL,
}
_OTHERS: Final = {HandshakeResult.NAMELESS, HandshakeResult.UNKNOWN}


class Pairing:
    """Watches for one charger until `close`."""

    def __init__(self, charger: Charger, central_system: CentralSystem) -> None:
        """Start watching."""
        self.charger = charger
        coordinator = charger.coordinator
        self.progress = PairingProgress.NOTHING
        self.identity = ""
        """The identity of the unknown charger."""
        self._changed = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._deadline = self._now() + CONNECTS_WITHIN
        self._expired = False
        self._unsubscribe = [
            central_system.watch(self._attempted),
            coordinator.async_add_listener(self._look),
            coordinator.config_entry.add_update_listener(self._async_look_for_it),
        ]
        self._show_latest(central_system)
        self._look()

    @property
    def found(self) -> bool:
        """Whether the charger has connected."""
        return self.progress is PairingProgress.CONNECTED

    @property
    def over(self) -> bool:
        """Whether pairing is over: found, removed, or stopped."""
        return self._expired or self._removed or (self.found and self._has_reported)

    async def async_change(self) -> None:
        """Wait until the progress changes, or pairing is over."""
        while not self.over:
            self._changed.clear()
            before = self.progress, self.identity
            try:
                async with asyncio.timeout(self._deadline - self._now()):
                    await self._changed.wait()
            except TimeoutError:
                self._expired = True
            if (self.progress, self.identity) != before:
                return

    @callback
    def close(self) -> None:
        """Stop watching."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @property
    def _removed(self) -> bool:
        coordinator = self.charger.coordinator
        subentries = coordinator.config_entry.subentries
        return coordinator.subentry.subentry_id not in subentries

    @property
    def _has_reported(self) -> bool:
        state = self.charger.state
        if not state.identity.is_wallbox:
            return True
        return state.identity.model is not None and (
            state.verdict not in (Verdict.APPLYING, Verdict.UNKNOWN)
        )

    @callback
    def _look(self) -> None:
        if (connected := self.charger.state.link.connected) is not self.found:
            self.progress = (
                PairingProgress.CONNECTED if connected else PairingProgress.NOTHING
            )
            within = REPORT_WITHIN if connected else CONNECTS_WITHIN
            self._deadline = self._now() + within
        self._changed.set()

    async def _async_look_for_it(self, _: HomeAssistant, __: ConfigEntry) -> None:
        """End pairing if the charger was removed."""
        self._changed.set()

    @callback
    def _attempted(self, attempt: HandshakeAttempt) -> None:
        if self.found:
            return
        if attempt.identity == self.charger.identity:
            self.progress = _OURS.get(attempt.result, self.progress)
            self.identity = ""
        elif attempt.result in _OTHERS and self.progress not in _OURS.values():
            # An attempt of the charger itself is more important.
            self._show_unknown(attempt.identity)
        self._changed.set()

    def _show_latest(self, central_system: CentralSystem) -> None:
        """Show the latest unknown charger, because its next attempt may be half a minute away."""
        seen = {
            **central_system.unknown_chargers.recent,
            **central_system.unregistrable_chargers.recent,
        }
        if seen:
            self._show_unknown(max(seen, key=lambda identity: seen[identity].seen_at))

    def _show_unknown(self, identity: str) -> None:
        self.identity = escaped(identity)
        self.progress = (
            PairingProgress.OTHER_IDENTITY if identity else PairingProgress.NO_IDENTITY
        )
