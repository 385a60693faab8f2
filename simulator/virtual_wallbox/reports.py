"""What the charger tells the server of its own accord, and what it makes of the answers."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from . import messages
from .line import Request
from .meter import sample
from .status import Status
from .timers import Timer
from .transaction import Transaction

if TYPE_CHECKING:
    from .charger import Charger

_DEFAULT_INTERVAL: Final = 60
"""Seconds between heartbeats, or to the next boot attempt, if the server names no useful interval (guess)."""
_STRAY_ID: Final = 1936029036
"""The transaction that stray readings name; one like it was seen (docs/chargers.md §3.5)."""
_STRAY_AGE: Final = timedelta(hours=36)
"""How far back they are stamped (one to two days, docs/chargers.md §3.5)."""


class Reports:
    """Boot, statuses, heartbeats and meter values."""

    def __init__(self, charger: Charger) -> None:
        """Belong to a charger."""
        self._charger = charger
        self._line = charger.line
        self._timers = charger.timers
        self._keys = charger.configuration
        self._notified: Status | None = None
        self._told_of_update = False
        self._missed: list[Request] = []

    def boot(self) -> None:
        """Send BootNotification, before anything else that waits."""
        self._timers.cancel(Timer.BOOT_RETRY)
        if not self._line.waits("BootNotification"):
            personality = self._charger.personality
            self._line.ask(
                Request(
                    "BootNotification", partial(messages.boot_notification, personality)
                ),
                first=True,
            )

    def statuses(self) -> None:
        """Send the status of connector 0, then 1."""
        self._line.ask(*self._current_statuses())

    def greet(self) -> None:
        """Send the statuses before what is to be replayed (docs/chargers.md §3.1: Status 0 then 1)."""
        missed, self._missed = self._missed, []
        if missed and self._charger.personality.replays_status_history:
            self._notified = self._charger.status
            self._line.ask(*missed, first=True)
        else:
            self._line.ask(*self._current_statuses(), first=True)
        self._schedule_heartbeat()
        wait = self._charger.personality.reports_update_after
        if wait is not None and not self._told_of_update:
            self._timers.set(Timer.UPDATED, self._charger.now + wait)

    def updated(self) -> None:
        """Say once that new firmware is installed (docs/chargers.md §3.6)."""
        self._told_of_update = True
        self._line.ask(
            Request(
                "FirmwareStatusNotification",
                partial(messages.firmware_status_notification, "Installed"),
            )
        )

    def status_changed(self) -> None:
        """Send connector 1's status if the server does not know it yet."""
        status = self._charger.status
        if not self._charger.running or status == self._notified:
            return
        self._notified = status
        request = self._status(1, status)
        if self._charger.link.up and not self._charger.link.boot_due:
            self._line.ask(request)
        else:
            self._missed.append(request)

    def heartbeat(self) -> None:
        """Send Heartbeat."""
        self._line.ask(Request("Heartbeat", dict))
        self._schedule_heartbeat()

    def triggered_values(self) -> None:
        """Send MeterValues because the server asked."""
        self._send_values("MeterValuesSampledData", "Trigger")

    def sampled_values(self) -> None:
        """Send the MeterValues of the open transaction, and wait for the next."""
        if self._charger.transaction is not None:
            self._send_values("MeterValuesSampledData", "Sample.Periodic")
        self.schedule_samples()

    def aligned_values(self) -> None:
        """Send clock-aligned MeterValues, and wait for the next."""
        self._send_values("MeterValuesAlignedData", "Sample.Clock")
        self.schedule_aligned()

    def schedule_samples(self) -> None:
        """Wait for the next sample of the open transaction."""
        in_session = self._charger.transaction is not None
        interval = self._interval("MeterValueSampleInterval") if in_session else 0
        self._timers.set(
            Timer.SAMPLE, self._charger.now + interval if interval else None
        )

    def schedule_aligned(self) -> None:
        """Wait for the next multiple of ClockAlignedDataInterval since midnight."""
        interval = self._interval("ClockAlignedDataInterval")
        wait = (
            interval - round(self._charger.utc.timestamp()) % interval
            if interval
            else None
        )
        self._timers.set(
            Timer.ALIGNED, None if wait is None else self._charger.now + wait
        )

    def _interval(self, key: str) -> int:
        sends = self._charger.personality.sends_meter_values
        return self._keys.number(key) if sends else 0

    def reschedule(self) -> None:
        """Wait anew after an interval was written."""
        self.schedule_samples()
        self.schedule_aligned()
        self._charger.link.schedule_ping()
        self._schedule_heartbeat()

    def accept(self, request: Request, payload: dict[str, Any]) -> bool:
        """Take the answer to a CALL; return whether it made sense."""
        try:
            self._accept(request, payload)
        except KeyError, TypeError, ValueError:
            return False
        return True

    def _accept(self, request: Request, payload: dict[str, Any]) -> None:
        sessions = self._charger.sessions
        match request.action:
            case "BootNotification":
                self._booted(
                    payload["status"], int(payload["interval"]), payload["currentTime"]
                )
            case "Heartbeat":
                self._charger.clock.learn(payload["currentTime"], self._charger.now)
            case "Authorize":
                sessions.authorize_answered(
                    request.payload()["idTag"], payload["idTagInfo"]["status"]
                )
            case "StartTransaction" if request.transaction is not None:
                status = payload["idTagInfo"]["status"]
                sessions.start_answered(
                    request.transaction, int(payload["transactionId"]), status
                )

    def _booted(self, status: str, interval: int, current_time: str) -> None:
        link = self._charger.link
        if status == "Accepted":
            self._charger.clock.learn(current_time, self._charger.now)
            self._keys.assign(
                "HeartbeatInterval",
                str(interval if interval > 0 else _DEFAULT_INTERVAL),
            )
            self._schedule_heartbeat()
            if link.boot_due:
                link.boot_due = False
                self.greet()
        elif link.boot_due:
            wait = interval if interval > 0 else _DEFAULT_INTERVAL
            self._timers.set(Timer.BOOT_RETRY, self._charger.now + wait)

    def _schedule_heartbeat(self) -> None:
        interval = self._keys.number("HeartbeatInterval")
        wanted = (
            interval > 0 and self._charger.link.up and not self._charger.link.boot_due
        )
        self._timers.set(
            Timer.HEARTBEAT, self._charger.now + interval if wanted else None
        )

    def _current_statuses(self) -> tuple[Request, Request]:
        self._notified = self._charger.status
        whole = (
            Status.AVAILABLE
            if self._charger.connector.operative
            else Status.UNAVAILABLE
        )
        return self._status(0, whole), self._status(1, self._notified)

    def _status(self, connector: int, status: Status) -> Request:
        now = self._charger.utc
        return Request(
            "StatusNotification",
            partial(messages.status_notification, connector, status, now),
        )

    def _send_values(self, list_key: str, context: str) -> None:
        transaction = self._charger.transaction
        if not self._charger.link.up and not self._keeps_values_offline:
            return
        values = sample(
            self._keys.effective[list_key].split(","),
            context,
            self._charger.connector.reading,
            self._charger.personality,
        )
        utc, named = self._charger.utc, transaction
        idle_by_the_clock = transaction is None and context == "Sample.Clock"
        if idle_by_the_clock and self._charger.personality.stray_values_while_idle:
            utc -= _STRAY_AGE
            named = Transaction("", self._charger.now, utc, 0, id=_STRAY_ID)
        self._line.ask(
            Request(
                "MeterValues",
                partial(messages.meter_values, values, utc, named),
                transaction,
            )
        )

    @property
    def _keeps_values_offline(self) -> bool:
        # Buffered unless the key says otherwise; 5.x has no such key (docs/chargers.md §5.3, inferred).
        in_session = self._charger.transaction is not None
        return in_session and not self._keys.flag(
            "MeterValuesSkipWhenOffline", default=False
        )
