"""When a session starts and ends: by free mode, RemoteStart, a tag, an unplug, or by itself while offline."""

from functools import partial
from typing import TYPE_CHECKING

from . import messages
from .line import Request
from .local_list import ACCEPTED
from .offline import starts_unasked
from .timers import Timer
from .transaction import Transaction

if TYPE_CHECKING:
    from .charger import Charger

_FALLBACK_TAG = "NoAuthorization"
"""The tag of an unasked start where the firmware has no `AuthDisabledIdTag`."""


class Sessions:
    """Decides about starting and stopping, and writes the messages that go with it."""

    def __init__(self, charger: Charger) -> None:
        """Belong to a charger."""
        self._charger = charger
        self._connector = charger.connector
        self._keys = charger.configuration
        self._cache: dict[str, str] = {}

    @property
    def free(self) -> bool:
        """Return whether `AuthEnabled=false` is in force (docs/chargers.md §1.1)."""
        return not self._keys.flag("AuthEnabled", default=True)

    @property
    def _may_start_unasked(self) -> bool:
        charger = self._charger
        if charger.offline:
            hypothesis = charger.personality.offline_start
            return starts_unasked(
                hypothesis,
                self._keys.effective,
                app_locked=charger.personality.app_locked,
            )
        # After RemoteStop free mode opens nothing until replug: docs/chargers.md §8.3, S16.
        return self.free and not self._connector.finished

    @property
    def _can_start(self) -> bool:
        connector = self._connector
        return (
            connector.car is not None
            and connector.transaction is None
            and connector.operative
            and not connector.faulted
        )

    def consider(self, delay: float = 0.0) -> None:
        """Start by itself after `delay` seconds, if it may."""
        if self._can_start and self._may_start_unasked:
            self._charger.timers.set(Timer.START, self._charger.now + delay)

    def became_free(self) -> None:
        """Serve the plugged car at once, as measured on MicroOcpp (docs/chargers.md §8.3, S17)."""
        if self._charger.personality.free_mode_ends_finishing:
            self._connector.finished = False
        self.consider()

    def start(self) -> None:
        """Open the transaction that was due, if it still may."""
        if not self._can_start:
            return
        if (tag := self._connector.authorised_tag) is not None:
            self._begin(tag, unasked=False)
        elif self._may_start_unasked:
            self._begin(
                self._keys.effective.get("AuthDisabledIdTag") or _FALLBACK_TAG,
                unasked=True,
            )

    def authorise(self, id_tag: str) -> None:
        """Let somebody in: the session begins soon, or at plug-in within ConnectionTimeOut."""
        self._connector.authorised_tag = id_tag
        self._connector.finished = False
        timers, now = self._charger.timers, self._charger.now
        if self._connector.car is not None:
            timers.set(Timer.START, now + self._charger.personality.start_delay)
        else:
            timers.set(Timer.PLUG_IN, now + self._keys.number("ConnectionTimeOut"))

    def plugged(self) -> None:
        """React to a cable put in."""
        self._charger.timers.cancel(Timer.PLUG_IN)
        if self._connector.transaction is not None:
            self._connector.contactor_closed = True
        elif self._connector.authorised_tag is not None:
            self.authorise(self._connector.authorised_tag)
        else:
            self.consider(self._charger.personality.start_delay)

    def unplugged(self) -> None:
        """React to a cable pulled out."""
        self._charger.timers.cancel(Timer.START)
        self._connector.authorised_tag = None
        self._connector.finished = False
        self._connector.contactor_closed = False
        if self._connector.transaction is not None and self._keys.flag(
            "StopTransactionOnEVSideDisconnect", default=True
        ):
            self.end("EVDisconnected")
            self._connector.winding_down = True
            self._charger.timers.set(Timer.WOUND_DOWN, self._charger.now + 1.0)

    def end(self, reason: str, *, id_tag: str = "") -> None:
        """End the open transaction, if there is one, and queue its StopTransaction."""
        transaction = self._connector.transaction
        if transaction is None:
            return
        charger = self._charger
        meter_stop, utc = round(self._connector.energy_wh), charger.utc
        charger.line.ask(
            Request(
                "StopTransaction",
                partial(
                    messages.stop_transaction,
                    transaction,
                    meter_stop=meter_stop,
                    utc=utc,
                    reason=reason,
                    id_tag=id_tag,
                ),
                transaction,
            )
        )
        self.forget()
        self._connector.finished = (
            self._connector.car is not None
            and charger.personality.needs_replug_after_stop
        )

    def forget(self) -> None:
        """Drop the open transaction without a word."""
        self._connector.close()
        self._charger.timers.cancel(Timer.SAMPLE)

    def nobody_plugged_in(self) -> None:
        """Take the permission back: ConnectionTimeOut is over."""
        self._connector.authorised_tag = None

    def wound_down(self) -> None:
        """Be Available after an unplug."""
        self._connector.winding_down = False

    def restore(self) -> None:
        """Find out after a boot where things stand (docs/chargers.md §3.2; §8.3, S14)."""
        connector, personality = self._connector, self._charger.personality
        connector.finished = False
        if connector.transaction is not None:
            connector.contactor_closed = connector.car is not None
            if connector.car is None:
                self.end("EVDisconnected")
        elif connector.car is not None and not self.free:
            connector.finished = personality.needs_replug_after_boot
        elif personality.free_start_at_boot:
            self.consider(personality.start_delay)

    def went_offline(self) -> None:
        """React to the link having been gone for a while: the article's moment."""
        personality = self._charger.personality
        flipped = self.free and self._keys.flag("AuthEnabledOffline", default=True)
        if personality.mode_flip_locks and flipped and not self._may_start_unasked:
            self.end("Local")
        self.consider()

    def tap(self, id_tag: str) -> None:
        """React to an RFID card (docs/chargers.md §3.3)."""
        transaction = self._connector.transaction
        if transaction is not None:
            if transaction.id_tag == id_tag:
                self.end("Local", id_tag=id_tag)
            return
        if self._connector.finished or (self.free and not self._charger.offline):
            return
        listed = (
            self._charger.local_list.status(id_tag, self._charger.utc)
            if self._keys.flag("LocalAuthListEnabled", default=True)
            else None
        )
        cached = (
            self._cache.get(id_tag)
            if self._keys.flag("AuthorizationCacheEnabled", default=True)
            else None
        )
        known = listed or cached
        if self._charger.offline:
            if self._accepts_offline(known):
                self.authorise(id_tag)
        elif listed == ACCEPTED or (
            cached == ACCEPTED and self._keys.flag("LocalPreAuthorize", default=False)
        ):
            self.authorise(id_tag)
        else:
            self.ask_server(id_tag)

    def ask_server(self, id_tag: str) -> None:
        """Send Authorize; its answer comes back to `authorize_answered`."""
        self._charger.line.ask(
            Request("Authorize", partial(messages.authorize, id_tag))
        )

    def authorize_answered(self, id_tag: str, status: str) -> None:
        """Let a tag in if the server did."""
        self._cache[id_tag] = status
        if status == ACCEPTED:
            self.authorise(id_tag)

    def clear_cache(self) -> None:
        """Forget what the server said of tags."""
        self._cache.clear()

    def start_answered(
        self, transaction: Transaction, transaction_id: int, status: str
    ) -> None:
        """Take the server's answer to StartTransaction."""
        personality = self._charger.personality
        is_open = self._connector.transaction is transaction
        accepted = status == ACCEPTED and transaction_id > 0
        transaction.id = transaction_id if accepted or not transaction.unasked else 0
        if not is_open:
            return
        ends = not transaction.unasked or personality.invalid_tag_ends_free_session
        if (
            status != ACCEPTED
            and ends
            and self._keys.flag("StopTransactionOnInvalidId", default=True)
        ):
            transaction.id = transaction_id
            self.end("DeAuthorized")
        else:
            self._connector.contactor_closed = self._connector.car is not None

    def _accepts_offline(self, known: str | None) -> bool:
        if known is None:
            return self._keys.flag("AllowOfflineTxForUnknownId", default=False)
        return known == ACCEPTED and self._keys.flag(
            "LocalAuthorizeOffline", default=False
        )

    def _begin(self, id_tag: str, *, unasked: bool) -> None:
        charger = self._charger
        meter_start = round(self._connector.energy_wh)
        transaction = Transaction(
            id_tag, charger.now, charger.utc, meter_start, unasked
        )
        self._connector.profiles.begin_transaction(offline=not charger.link_up)
        waits = charger.personality.waits_for_start_conf and charger.link_up
        self._connector.open(transaction, close_contactor=not waits)
        self._connector.refresh()
        if self._connector.current_drawn == 0:
            # SuspendedEV goes out before StartTransaction: docs/chargers.md §3.2.
            charger.reports.status_changed()
        charger.line.ask(
            Request(
                "StartTransaction",
                partial(messages.start_transaction, transaction),
                transaction,
            )
        )
        charger.reports.schedule_samples()
