"""A charger core and a small central system on one bench, without sockets and without waiting."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
import json
from typing import Any

from simulator.virtual_wallbox import (
    FIRMWARES,
    Charger,
    Direction,
    Personality,
    Wire,
    WireFrame,
)
from simulator.virtual_wallbox.charger import DEFAULT_EPOCH

type Payload = Mapping[str, Any]

PING_INTERVAL = 20.0
FREE_KEYS = {"AuthEnabled": "false", "AuthEnabledOffline": "false"}
STRICT_KEYS = {
    "AuthEnabled": "false",
    "AuthEnabledOffline": "true",
    "AllowOfflineTxForUnknownId": "false",
    "LocalAuthorizeOffline": "false",
    "LocalPreAuthorize": "false",
}


class Refusal(Exception):
    """Makes the central system answer with a CALLERROR."""


class Silence(Exception):
    """Makes the central system not answer at all."""


class Bench:
    """The charger connects whenever it wants to and `network` is there; the server pings it every 20 s."""

    def __init__(
        self, personality: Personality = FIRMWARES["6.7.38"], **options: Any
    ) -> None:
        self.charger = Charger(personality, **options)
        self.wire = Wire()
        self.network = True
        self.pings = True
        self.drops = 0
        self._next_ping = PING_INTERVAL
        self._transaction_ids = count(1007)
        self._call_ids = count(1)
        self.answers: dict[str, Callable[[Payload], Payload]] = {
            "Authorize": lambda _: {"idTagInfo": {"status": "Accepted"}},
            "BootNotification": lambda _: {
                "status": "Accepted",
                "currentTime": self._time(),
                "interval": 60,
            },
            "FirmwareStatusNotification": lambda _: {},
            "Heartbeat": lambda _: {"currentTime": self._time()},
            "MeterValues": lambda _: {},
            "StartTransaction": lambda _: {
                "transactionId": next(self._transaction_ids),
                "idTagInfo": {"status": "Accepted"},
            },
            "StatusNotification": lambda _: {},
            "StopTransaction": lambda _: {},
        }

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass, answering everything at once."""
        end = self.charger.now + seconds
        self._exchange()
        while (step := self._next_step()) <= end:
            self.charger.advance(step)
            if step == self._next_ping:
                self._next_ping += PING_INTERVAL
                self._ping()
            self._exchange()
        self.charger.advance(end)
        self._exchange()

    def cut(self) -> None:
        """Take the network away."""
        self.network = False
        self.charger.disconnected()

    def restore(self) -> None:
        """Restore the network."""
        self.network = True

    def call(self, action: str, payload: Payload | None = None) -> Payload:
        """Send a CALL and give the answer, which must come within a minute."""
        message_id = str(next(self._call_ids))
        text = json.dumps([2, message_id, action, payload or {}])
        self.wire.add(self.charger.now, Direction.RECEIVED, text)
        call = self.wire.frames[-1]
        self.charger.received(text)
        self.run()
        for _ in range(60):
            if (reply := self.wire.reply_to(call)) is not None:
                return reply.payload
            self.run(1.0)
        raise TimeoutError(action)

    def configure(self, **keys: str) -> None:
        """Write keys, which must be accepted."""
        for key, value in keys.items():
            assert self.call("ChangeConfiguration", {"key": key, "value": value}) == {
                "status": "Accepted"
            }

    def limit(self, amps: float, **changes: Any) -> str:
        """Set a charging profile; by default a TxDefaultProfile for ever, Relative, stack level 0."""
        schedule = changes.pop("schedule", {})
        connector = changes.pop("connector", 0)
        profile = {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amps}],
            }
            | schedule,
        } | changes
        answer = self.call(
            "SetChargingProfile",
            {"connectorId": connector, "csChargingProfiles": profile},
        )
        return str(answer["status"])

    def sent(self, action: str) -> list[WireFrame]:
        """Return the charger's CALLs."""
        return self.wire.calls(Direction.SENT, action)

    def statuses(self) -> list[str]:
        """Return the statuses that connector 1 has reported."""
        return [
            frame.payload["status"]
            for frame in self.sent("StatusNotification")
            if frame.payload["connectorId"] == 1
        ]

    def _time(self) -> str:
        return (DEFAULT_EPOCH + timedelta(seconds=self.charger.now)).isoformat()

    def _next_step(self) -> float:
        due = self.charger.next_due
        return self._next_ping if due is None else min(due, self._next_ping)

    def _ping(self) -> None:
        if self.pings and self.network:
            self.charger.heard()

    def _exchange(self) -> None:
        self.drops += self.charger.take_drop()
        if self.network and self.charger.wants_link:
            self.charger.connected()
        if self.charger.take_ping():
            self._ping()
        while frames := self.charger.take_frames():
            for text in frames:
                self.wire.add(self.charger.now, Direction.SENT, text)
                self._answer(self.wire.frames[-1])

    def _answer(self, frame: WireFrame) -> None:
        if frame.kind != 2:
            return
        try:
            answer: list[Any] = [3, frame.id, self.answers[frame.action](frame.payload)]
        except Refusal:
            answer = [4, frame.id, "InternalError", "", {}]
        except Silence:
            return
        text = json.dumps(answer)
        self.wire.add(self.charger.now, Direction.RECEIVED, text)
        self.charger.received(text)
