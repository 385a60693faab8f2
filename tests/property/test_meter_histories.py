"""Whatever a meter is said to stand at: what flowed is in exactly one session, and nothing else is."""

from datetime import timedelta
from typing import Any, Final

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.messages import Message, StatusNotification
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.said import NOW, boot, energy, metered, power, start, stop

WATTS: Final = 7200.0
EVERY: Final = 60
"""Seconds between two readings."""
WH: Final = WATTS * EVERY / 3600


class Story:
    """A charger that charges, with a meter that is misread, and a connection that is lost.

    Attributes:
        flowed: The Wh of each session in truth.
    """

    def __init__(self, register: int) -> None:
        self.register = register
        self.before = register
        self.begin = register
        self.flowed: list[int] = []
        self.seconds = 0
        self.queue: list[Message] | None = None
        self.state = messages.connected(ChargerState(), NOW - timedelta(hours=1))
        self.number = 0
        self.hear(boot())
        self.read(None)

    def at(self, seconds: float) -> Any:
        """Return a moment."""
        return NOW + timedelta(seconds=seconds)

    def hear(self, message: Message, *, kept: bool = False) -> None:
        """Hear a message now, or once the charger is back; a reading is lost meanwhile."""
        if self.queue is None:
            now = self.at(self.seconds)
            self.state = messages.apply(self.state, message, now).state
        elif kept:
            self.queue.append(message)

    def status(self, name: str) -> None:
        """Tell a status."""
        stamp = self.at(self.seconds).isoformat()
        payload = {"connectorId": 1, "status": name, "timestamp": stamp}
        self.hear(StatusNotification.read(payload), kept=True)

    def read(
        self,
        number: int | None,
        register: float | None = None,
        age: float = 0,
        watts: float = 0,
    ) -> None:
        """Tell what the meter stands at, or is said to."""
        value = self.register if register is None else register
        samples = [energy(value), power(watts)]
        stamp = self.at(self.seconds - age)
        self.hear(metered(*samples, at=stamp, transaction_id=number))

    def session(self, words: list[str]) -> None:
        """Charge one car, and let things happen meanwhile."""
        self.seconds += 30
        self.status("Preparing")
        self.hear(start(self.register, self.at(self.seconds)), kept=True)
        self.number += 1
        self.begin = self.register
        flowed = 0
        self.status("Charging")
        for word in words:
            self.seconds += EVERY
            self.before = self.register
            self.register += round(WH)
            flowed += round(WH)
            self.happen(word)
            if word != "lost":
                self.read(self.number, watts=WATTS)
        self.seconds += 10
        self.flowed.append(flowed)
        message = stop(self.number, self.register, self.at(self.seconds))
        self.hear(message, kept=True)
        self.seconds += 1
        self.status("Available")

    def happen(self, word: str) -> None:
        """Let something go wrong just before a reading."""
        number = self.number
        match word:
            case "zero":
                self.read(number, 0)
            case "high":
                self.read(number, self.register + 80_000)
            case "low":
                self.read(number, self.register // 2)
            case "old":
                self.read(number, self.before, age=EVERY, watts=WATTS)
            case "begin":
                self.read(number, self.begin, age=2 * EVERY, watts=WATTS)
            case "repeated":
                self.read(number, watts=WATTS)
                self.read(number, watts=WATTS)
            case "foreign":
                self.read(4711, self.register, watts=WATTS)
            case "clock":
                self.read(number, age=7 * 3600)
            case "ahead":
                self.read(number, age=-7 * 3600)
            case "cut":
                self.cut(seconds=20)
            case "away":
                self.cut(seconds=1200)
            case _:
                # A reading is lost, or all is fine.
                pass

    def cut(self, seconds: float) -> None:
        """Lose the connection for a while, in which the car goes on charging."""
        self.state = messages.disconnected(self.state, self.at(self.seconds))
        self.seconds += round(seconds)
        self.state = messages.connected(self.state, self.at(self.seconds))
        self.status("Charging")

    def leave(self) -> None:
        """Be away from now on."""
        self.state = messages.disconnected(self.state, self.at(self.seconds))
        self.queue = []

    def come(self) -> None:
        """Be back, and tell what has happened."""
        self.seconds += 300
        told, self.queue = self.queue or [], None
        self.state = messages.connected(self.state, self.at(self.seconds))
        for message in told:
            self.hear(message)
        self.status("Available")
        self.read(None)


WORDS: Final = (
    "fine",
    "fine",
    "zero",
    "high",
    "low",
    "old",
    "begin",
    "repeated",
    "foreign",
    "clock",
    "ahead",
    "cut",
    "away",
    "lost",
)
sessions = st.lists(
    st.tuples(st.booleans(), st.lists(st.sampled_from(WORDS), max_size=12)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=300, deadline=None)
@given(sessions, st.integers(1000, 90_000_000))
def test_what_flowed_is_in_exactly_one_session(
    told: list[tuple[bool, list[str]]], register: int
) -> None:
    story = Story(register)
    for offline, words in told:
        if offline:
            story.leave()
        story.session([word for word in words if not offline or word == "fine"])
        if offline:
            story.come()
    found = [session.energy for session in story.state.ledger.sessions]
    assert found == pytest.approx(story.flowed, abs=1)
    metering = story.state.metering
    assert metering.register.lifetime == pytest.approx(story.register, abs=1)
    assert not metering.readings.power
    if not any(offline for offline, _ in told):
        assert metering.unattended is None
    assert abs(metering.clock.behind) < timedelta(minutes=1)
    assert story.state.ledger.open is None
