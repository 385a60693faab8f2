"""A charger that charges one car after the other, and its meter, of which wrong things are told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ocpp.v16 import call_result
import pytest

from custom_components.wallbox_ocpp.csms.messages import (
    Message,
    MeterValues,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.said import NOW, boot, energy, metered, power, start, stop

WATTS: Final = 7200.0
EVERY: Final = 60
"""Seconds between two readings."""
WH: Final = 120
"""What flows in that time."""
HOUR: Final = 3600
DAY: Final = 24 * HOUR
FAR: Final = 500_000
"""Wh by which a wrong reading is wrong: nobody charges that between two readings."""
ANEW: Final = 40_000
"""Wh at which a meter starts over: so much that it does not look as if it went on from a wrong 0."""
CONFIRMED: Final = 3
"""Readings that agree, and so are believed against all before."""
STRANGER: Final = 1_936_029_036
"""The number of a transaction that nobody runs."""


@dataclass(kw_only=True)
class Truth:
    """What one session was.

    Attributes:
        energy: Wh.
        seconds: In which energy flowed; None if what the charger told is not enough to know.
    """

    energy: int = 0
    seconds: int | None = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to happen in one session, and before it. See the tables below for the words."""

    before: str = ""
    offline: bool = False
    start: str = "right"
    steps: list[str] = field(default_factory=list)
    stop: str = "right"
    after: str = ""


class MeterStory:
    """A charger with a meter that is misread, and what is known of it.

    Attributes:
        truth: What each session was.
        total: What has flowed in the meter's whole life, in Wh.
        state: What is known of the charger.
    """

    def __init__(self, register: int) -> None:
        """Begin with a charger that has started, and whose meter has been read once."""
        self.total = register
        self.truth: list[Truth] = []
        self.state = messages.connected(ChargerState(), NOW - timedelta(hours=1))
        self._register = register
        self._earlier = register
        self._begin = register
        self._seconds = 0.0
        self._number = 0
        self._queue: list[Message] | None = None
        self._saved: ChargerState | None = None
        self._unsure = False
        self._foreign = 1_758_025_281
        self._hear(boot())
        self._status("Available")
        self._read(None)

    def live(self, plan: Plan) -> None:
        """Charge one car."""
        if plan.before == "over":
            plan = replace(plan, start="right")
        BEFORE[plan.before](self)
        if plan.offline:
            self._leave()
        self._plug_in(plan)
        if plan.before == "over":
            self._confirmed()
        for word in plan.steps:
            self._step(word)
        if plan.stop != "right" and not plan.offline:
            # Nobody could know otherwise.
            self._step("fine")
        self._unplug(STOPS[plan.stop](self))
        if plan.offline:
            self._come()
        AFTER[plan.after](self)

    def _at(self, seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    def _hear(self, message: Message, *, kept: bool = False) -> Any:
        """Hear a message now, or once the charger is back; a reading is lost meanwhile."""
        if self._queue is None:
            outcome = messages.apply(self.state, message, self._at(self._seconds))
            self.state = outcome.state
            return outcome.answer
        if kept:
            self._queue.append(message)
        return None

    def _status(self, name: str, ahead: float = 0) -> None:
        stamp = self._at(self._seconds + ahead).isoformat()
        payload = {"connectorId": 1, "status": name, "timestamp": stamp}
        self._hear(StatusNotification.read(payload), kept=True)

    def _read(
        self,
        number: int | None,
        register: float | None = None,
        age: float = 0,
        watts: float = 0,
        *extra: dict[str, Any],
    ) -> None:
        """Tell what the meter stands at, or is said to."""
        value = self._register if register is None else register
        stamp = self._at(self._seconds - age)
        samples = (energy(value), power(watts), *extra)
        self._hear(metered(*samples, at=stamp, transaction_id=number))

    def _plug_in(self, plan: Plan) -> None:
        self._seconds += 30
        self._status("Preparing", 2 * HOUR if plan.before == "boot" else 0)
        self._begin = self._earlier = self._register
        told = STARTS[plan.start](self)
        message = start(told, self._at(self._seconds))
        if plan.start == "twice" and not plan.offline:
            self._start(message)
            self._hear(stop(self._number, told, self._at(self._seconds)))
            self._status("Available")
            self._status("Preparing")
        self._saved = None if plan.before == "over" else self.state
        self._start(message)
        self._status("Charging")

    def _start(self, message: StartTransaction) -> None:
        self.truth.append(Truth())
        self._number_of(self._hear(message, kept=True))

    def _number_of(self, answer: Any) -> None:
        if isinstance(answer, call_result.StartTransaction):
            self._number = answer.transaction_id

    def _unplug(self, register: int | None) -> None:
        self._seconds += 10
        message = stop(self._number, register, self._at(self._seconds))
        self._hear(message, kept=True)
        self._seconds += 1
        self._status("Available")

    def _step(self, word: str) -> None:
        """Let energy flow, or not, and read the meter."""
        if self._queue is not None and word != "pause":
            word = "fine"
        self._seconds += EVERY
        self._earlier = self._register
        if word != "pause":
            self._flow()
        STEPS[word](self)
        if self._queue is None and word not in ("lost", "pause"):
            metering = self.state.metering
            assert metering.readings.power == pytest.approx(WATTS), word
            assert self._unsure or metering.register.lifetime == self.total, word

    def _flow(self) -> None:
        self._register += WH
        self.total += WH
        now = self.truth[-1]
        now.energy += WH
        if now.seconds is not None:
            now.seconds += EVERY

    def _plain(self) -> None:
        self._read(self._number, watts=WATTS)

    def _blur(self) -> None:
        """Note that nobody can tell from the readings for how long energy flowed."""
        self.truth[-1].seconds = None

    # What is told in the course of a session, just before a reading that is right.

    def _wrongly(self, register: float) -> None:
        self._read(self._number, register, watts=WATTS)
        self._plain()

    def _old(self, register: float, age: float) -> None:
        self._read(self._number, register, age, WATTS)
        self._plain()

    def _clock(self, age: float) -> None:
        self._blur()
        self._old(self._register, age)

    def _foreign_reading(self) -> None:
        self._read(4711, watts=WATTS)
        self._plain()

    def _begin_told_again(self) -> None:
        again = {**energy(self._begin), "context": "Transaction.Begin"}
        self._read(self._number, None, 0, WATTS, again)

    def _of_the_car(self) -> None:
        inlet = {**energy(self._register + 70), "location": "Inlet"}
        self._read(self._number, None, 0, WATTS, inlet)

    def _of_another_connector(self) -> None:
        self._plain()
        samples = [energy(self._register + 5000), power(1234)]
        stamp = self._at(self._seconds).isoformat()
        value = {"timestamp": stamp, "sampledValue": samples}
        self._hear(MeterValues.read({"connectorId": 2, "meterValue": [value]}))

    def _by_phase(self) -> None:
        stamp = self._at(self._seconds).isoformat()
        samples = [{**power(WATTS / 3), "phase": f"L{phase}"} for phase in (1, 2, 3)]
        values = [
            {"timestamp": stamp, "sampledValue": [sample]}
            for sample in (energy(self._register), *samples)
        ]
        payload = {
            "connectorId": 1,
            "transactionId": self._number,
            "meterValue": values,
        }
        self._hear(MeterValues.read(payload))

    def _meter_starts_over(self) -> None:
        self._plain()
        self._register = self._begin = ANEW
        self._saved = None
        self._plain()
        self._confirmed()

    def _confirmed(self) -> None:
        """Read what is only believed once some readings agree with each other."""
        self._unsure = True
        for _ in range(CONFIRMED):
            self._step("fine")
        self._unsure = False

    def _cut(self, seconds: float) -> None:
        """Lose the connection for a while, in which the car goes on charging."""
        self._blur()
        self.state = messages.disconnected(self.state, self._at(self._seconds))
        self._reconnect(seconds)
        self._plain()

    def _queue_of_another(self) -> None:
        """Come back with readings of a transaction that is long over, and that nobody knows."""
        self._cut(20)
        for _ in range(3):
            self._read(STRANGER, self._begin, DAY)
        self._plain()

    def _reconnect(self, seconds: float) -> None:
        self._seconds += seconds
        self.state = messages.connected(self.state, self._at(self._seconds))
        self._status("Charging")

    def _restored(self) -> None:
        """Have Home Assistant forget the session, as a backup does that was made before it."""
        if self._saved is None:
            # What it forgets by that cannot be known again.
            self._plain()
            return
        self._blur()
        self.state = messages.disconnected(self._saved, self._at(self._seconds))
        self._reconnect(20)
        self._plain()

    def _handed_over(self) -> None:
        """Let another operator begin a transaction meanwhile, of which we never hear."""
        self._plain()
        self._blur()
        self._number = self._foreign
        self._foreign += 1000
        self._saved = None
        self.truth.append(Truth(seconds=None))
        # One reading may be wrong about whose it is.
        self._confirmed()

    # What happens while there is no car.

    def _nothing(self) -> None:
        pass

    def _boot(self) -> None:
        self._hear(boot())
        self._status("Available", 2 * HOUR)

    def _idle_readings(self) -> None:
        """Send readings of a transaction that nobody runs, of two days ago."""
        for _ in range(4):
            self._seconds += EVERY
            self._read(STRANGER, age=2 * DAY)

    def _meter_starts_over_idle(self) -> None:
        self._register = ANEW

    def _afterglow(self) -> None:
        """Tell only now what flowed before the session ended, or as if it went on."""
        self._seconds += 9
        self._read(self._number, age=15, watts=WATTS)
        self._read(None, age=12, watts=WATTS)
        self._read(self._number, watts=WATTS)

    def _leave(self) -> None:
        self.state = messages.disconnected(self.state, self._at(self._seconds))
        self._queue = []

    def _come(self) -> None:
        """Be back, and tell what has happened."""
        self._blur()
        self._seconds += 300
        told, self._queue = self._queue or [], None
        self.state = messages.connected(self.state, self._at(self._seconds))
        for message in told:
            if isinstance(message, StopTransaction):
                message = replace(message, transaction_id=self._number)
            self._number_of(self._hear(message))
        self._status("Available")
        self._read(None)


type Word = Callable[[MeterStory], None]
type Told = Callable[[MeterStory], int | None]

BEFORE: Final[dict[str, Word]] = {
    "": MeterStory._nothing,
    "boot": MeterStory._boot,
    "idle readings": MeterStory._idle_readings,
    "over": MeterStory._meter_starts_over_idle,
}
STARTS: Final[dict[str, Told]] = {
    "right": lambda story: story._register,
    "twice": lambda story: story._register,
    "missing": lambda _: None,
    "zero": lambda _: 0,
    "one": lambda _: 1,
    "above": lambda story: story._register + FAR,
}
STEPS: Final[dict[str, Word]] = {
    "fine": MeterStory._plain,
    "lost": MeterStory._blur,
    "pause": lambda story: story._read(story._number),
    "zero": lambda story: story._wrongly(0),
    "high": lambda story: story._wrongly(story._register + 80_000),
    "low": lambda story: story._wrongly(story._register // 2),
    "repeated": lambda story: story._wrongly(story._register),
    "old": lambda story: story._old(story._earlier, EVERY),
    "begin": lambda story: story._old(story._begin, 2 * EVERY),
    "begin told again": MeterStory._begin_told_again,
    "inlet": MeterStory._of_the_car,
    "connector": MeterStory._of_another_connector,
    "phases": MeterStory._by_phase,
    "foreign": MeterStory._foreign_reading,
    "behind": lambda story: story._clock(7 * HOUR),
    "ahead": lambda story: story._clock(-7 * HOUR),
    "cut": lambda story: story._cut(20),
    "away": lambda story: story._cut(1200),
    "queue": MeterStory._queue_of_another,
    "over": MeterStory._meter_starts_over,
    "restored": MeterStory._restored,
    "handed over": MeterStory._handed_over,
}
STOPS: Final[dict[str, Told]] = {
    "right": lambda story: story._register,
    "missing": lambda _: None,
    "zero": lambda _: 0,
    "start": lambda story: story._begin,
    "earlier": lambda story: story._earlier,
    "high": lambda story: story._register + FAR,
}
AFTER: Final[dict[str, Word]] = {
    "": MeterStory._nothing,
    "afterglow": MeterStory._afterglow,
}
