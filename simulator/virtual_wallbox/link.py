"""The link to the server: up or down, when it is torn down, when it comes back, and what comes in through it."""

import json
from random import Random
from typing import TYPE_CHECKING, Any, Final

from ..schemas import violation_of_call, violation_of_result
from .commands import answer, answer_delay
from .errors import CallError, NoAnswerError
from .line import ERROR, RESULT, Request
from .timers import Timer

if TYPE_CHECKING:
    from .charger import Charger

REPLY_TIMEOUT: Final = 30.0
"""Peer seconds the charger waits for the answer to a CALL (guess; MicroOcpp 40 s, docs/chargers.md §8.1.3)."""
PONG_TIMEOUT: Final = 10.0
"""Seconds between its WebSocket ping and the conclusion that the link is dead (guess)."""
PONG_GRACE: Final = 1.0
"""Peer seconds that the server gets for a pong in any case."""
BOOT_RETRY: Final = 30.0
"""Seconds until it repeats a BootNotification that was not answered (guess)."""
_RETRIED: Final = frozenset({"StartTransaction", "StopTransaction"})
"""What a CALLERROR does not settle at once (OCPP 1.6 section 3.7.1)."""
_ANY_CLOSED: Final = frozenset(
    {
        Timer.QUIET,
        Timer.PING,
        Timer.PONG,
        Timer.HEARTBEAT,
        Timer.UPDATED,
        Timer.BOOT_RETRY,
        Timer.REPLY,
    }
)


class Link:
    """One charger's connection to its server.

    Attributes:
        up: The socket is open, as far as the charger knows.
        offline: It has been gone long enough for the charger to act on its own.
        boot_due: The server has yet to accept a BootNotification.
        history: When it went up and down: (charger second, up).
        violations: What the server has sent that is not valid by the schemas of OCPP.
    """

    def __init__(
        self,
        charger: Charger,
        *,
        peer_speed: float,
        reply_delay: tuple[float, float],
        already_running: bool,
    ) -> None:
        """Be down, and eager to come up."""
        self._charger = charger
        self._personality = charger.personality
        self._timers = charger.timers
        self._line = charger.line
        self._peer_speed = peer_speed
        self.reply_delay = reply_delay
        self._random = Random(0)
        self._attempts = 0
        self._last_call_at: float | None = None
        self._drop_requested = False
        self._ping_requested = False
        self._moved_away = False
        self.history: list[tuple[float, bool]] = [(0.0, False)]
        self.violations: list[str] = []
        self.up = False
        self.offline = False
        self.boot_due = charger.personality.sends_boot and not already_running

    @property
    def wanted(self) -> bool:
        """Return whether the charger would connect now if it could."""
        return (
            self._charger.running
            and not self.up
            and not self._timers.is_set(Timer.RECONNECT)
            and not self._moved_away
        )

    def opened(self) -> None:
        """Greet the server: with a boot if one is due, else with the statuses only (docs/chargers.md §3.1)."""
        self.up = True
        self.history.append((self._charger.now, True))
        self.offline = False
        self._charger.connector.profiles.offline = False
        self._attempts = 0
        self._last_call_at = None
        self._drop_requested = False
        self._timers.cancel(Timer.OFFLINE, Timer.RECONNECT)
        self.heard()
        self.schedule_ping()
        if self.boot_due:
            self._charger.reports.boot()
        else:
            self._charger.reports.greet()

    def closed(self) -> None:
        """React to the loss of the socket."""
        if not self.up:
            return
        self.up = False
        self.history.append((self._charger.now, False))
        self._ping_requested = False
        self._line.disconnect()
        profiles = self._charger.connector.profiles
        profiles.offline = True
        if not self._personality.keeps_profiles_offline:
            profiles.drop_all()
        self._timers.cancel(*_ANY_CLOSED)
        self._timers.set(
            Timer.OFFLINE, self._charger.now + self._personality.offline_after
        )
        self.retry_later()

    def retry_later(self) -> None:
        """Wait before the next attempt to connect."""
        backoff = self._personality.reconnect_backoff
        wait = backoff[min(self._attempts, len(backoff) - 1)]
        self._attempts += 1
        self._timers.set(Timer.RECONNECT, self._charger.now + wait)

    def drop(self) -> None:
        """Tear the socket down without a close handshake: 1006 for the server."""
        if self.up:
            self._drop_requested = True
            self.closed()

    def rebooted(self) -> None:
        """Begin anew after a boot."""
        self.offline = False
        self.boot_due = self._personality.sends_boot
        self._attempts = 0
        self._line.reboot()
        self._timers.set(
            Timer.OFFLINE, self._charger.now + self._personality.offline_after_boot
        )

    def move_away(self) -> None:
        """Leave for another server: somebody wrote `WebSocketUrl` (docs/chargers.md §1.3)."""
        self._moved_away = True
        self.drop()

    def went_offline(self) -> None:
        """Have been without a link for a while."""
        self.offline = True
        self._charger.sessions.went_offline()

    def heard(self) -> None:
        """Note a sign of life of the server."""
        self._timers.cancel(Timer.PONG)
        if self._personality.quiet_limit is not None:
            self._timers.set(
                Timer.QUIET,
                self._charger.now + self._personality.quiet_limit * self._peer_speed,
            )

    def schedule_ping(self) -> None:
        """Wait for the next WebSocket ping of its own."""
        interval = self._charger.configuration.number("WebSocketPingInterval")
        self._timers.set(
            Timer.PING, self._charger.now + interval if interval and self.up else None
        )

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._ping_requested = True
        if not self._timers.is_set(Timer.PONG):
            wait = max(PONG_TIMEOUT, PONG_GRACE * self._peer_speed)
            self._timers.set(Timer.PONG, self._charger.now + wait)
        self.schedule_ping()

    def take_ping(self) -> bool:
        """Return once whether a WebSocket ping is to be sent."""
        wanted, self._ping_requested = self._ping_requested, False
        return wanted

    def take_drop(self) -> bool:
        """Return once whether the socket is to be torn down."""
        wanted, self._drop_requested = self._drop_requested, False
        return wanted

    def received(self, text: str) -> None:
        """Take a text frame; what is no OCPP-J is ignored."""
        self.heard()
        try:
            frame = json.loads(text)
        except ValueError:
            return
        match frame:
            case [2, str(message_id), str(action), dict(payload)]:
                self._called(text, message_id, action, payload)
            case [3, str(message_id), dict(payload)]:
                self._answered(message_id, payload)
            case [4, str(message_id), *_]:
                self._answered(message_id, None)
            case _:
                pass

    def pump(self) -> None:
        """Send what can be sent."""
        if self.up and self._line.pump(self._charger.now, self._may_send):
            self._timers.set(
                Timer.REPLY, self._charger.now + REPLY_TIMEOUT * self._peer_speed
            )
        self._timers.set(
            Timer.LINE, self._line.next_due(self._charger.now) if self.up else None
        )

    def unanswered(self) -> None:
        """Give up waiting for an answer."""
        retry = self._charger.now + self._charger.configuration.number(
            "TransactionMessageRetryInterval"
        )
        request = self._line.unanswered(retry)
        if (
            request is not None
            and request.action == "BootNotification"
            and self.boot_due
        ):
            self._timers.set(Timer.BOOT_RETRY, self._charger.now + BOOT_RETRY)

    def _may_send(self, request: Request) -> bool:
        return not self.boot_due or request.action == "BootNotification"

    def _called(
        self, text: str, message_id: str, action: str, payload: dict[str, Any]
    ) -> None:
        if violation := violation_of_call(action, payload):
            self.violations.append(violation)
        if not self._personality.answers_calls:
            return
        longest = self._personality.longest_frame
        if longest is not None and len(text) > longest:
            return
        if self._tolerates_call():
            try:
                self._reply(
                    RESULT,
                    message_id,
                    answer(self._charger, action, payload, violation),
                    action=action,
                    payload=payload,
                )
            except NoAnswerError:
                return
            except CallError as error:
                self._reply(
                    ERROR,
                    message_id,
                    error.code,
                    error.description,
                    {},
                    action=action,
                    payload=payload,
                )
        else:
            self.drop()

    def _tolerates_call(self) -> bool:
        now, last = self._charger.now, self._last_call_at
        self._last_call_at = now
        booting = self.boot_due or self._line.waits("BootNotification")
        if self._personality.restarts_boot_on_early_call and booting:
            return False
        if self._personality.drops_on_concurrent_calls and self._line.owes_reply:
            return False
        return (
            last is None or now - last >= self._personality.call_gap * self._peer_speed
        )

    def _reply(
        self,
        kind: int,
        message_id: str,
        *body: object,
        action: str,
        payload: dict[str, Any],
    ) -> None:
        delay = self._random.uniform(*self.reply_delay) + answer_delay(
            self._charger, action, payload
        )
        self._line.reply(kind, message_id, *body, due=self._charger.now + delay)

    def _answered(self, message_id: str, payload: dict[str, Any] | None) -> None:
        request = self._line.answered(message_id)
        if request is None:
            return
        self._timers.cancel(Timer.REPLY)
        if payload is not None:
            violation = violation_of_result(request.action, payload)
            if violation:
                self.violations.append(violation)
        if payload is None or not self._charger.reports.accept(request, payload):
            self._failed(request)

    def _failed(self, request: Request) -> None:
        if request.action == "BootNotification" and self.boot_due:
            self._timers.set(Timer.BOOT_RETRY, self._charger.now + BOOT_RETRY)
        if request.transaction is None or request.action not in _RETRIED:
            return
        keys = self._charger.configuration
        request.failures += 1
        if request.failures < keys.number("TransactionMessageAttempts"):
            # The wait grows with each failure: OCPP 1.6 section 3.7.1.
            wait = keys.number("TransactionMessageRetryInterval") * request.failures
            request.not_before = self._charger.now + wait
            self._line.ask(request, first=True)
        elif request.action == "StartTransaction":
            request.transaction.id = 0
