"""A charger of which a test tells the life, minute by minute past ten o'clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from custom_components.wallbox_ocpp.csms.messages import Message, StatusNotification
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    Charge,
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.tariff import Tariff
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .said import NOW as TEN, energy, metered, power, start, stop

MINUTE = timedelta(minutes=1)


def past(minutes: float) -> datetime:
    """Return a moment after ten o'clock."""
    return TEN + minutes * MINUTE


def status(name: str, at: datetime) -> StatusNotification:
    """The connector has had a status since then."""
    return StatusNotification.read(
        {"connectorId": 1, "status": name, "timestamp": at.isoformat()}
    )


class Life:
    """A charger that has been connected for an hour at ten o'clock, without a car."""

    def __init__(self, behind: timedelta = timedelta()) -> None:
        """Begin; its clock may lag behind."""
        self.behind = behind
        self.state = messages.connected(ChargerState(), past(-60))
        for minutes in (-2, -1, 0):
            self.status("Available", minutes)

    def hear(self, message: Message, now: datetime) -> None:
        """Take in a message."""
        self.state = messages.apply(self.state, message, now).state

    def status(self, name: str, minutes: float, *, told: float | None = None) -> None:
        """Have a status, and tell so now or later."""
        self.hear(status(name, self._clock(minutes)), past(_later(minutes, told)))

    def start(
        self, minutes: float, register: int | None = 1000, *, told: float | None = None
    ) -> int:
        """Begin a transaction, and return its id."""
        message = start(register, self._clock(minutes))
        self.hear(message, past(_later(minutes, told)))
        return self.sessions[-1].transaction_id

    def stop(
        self,
        minutes: float,
        register: int,
        *,
        number: int = 1,
        told: float | None = None,
        reason: str = "EVDisconnected",
    ) -> None:
        """End a transaction."""
        message = stop(number, register, self._clock(minutes), reason=reason)
        self.hear(message, past(_later(minutes, told)))

    def read(
        self,
        minutes: float,
        register: float,
        *,
        watts: float | None = None,
        number: int | None = None,
        told: float | None = None,
    ) -> None:
        """Read the meter."""
        samples = [energy(register)] + ([] if watts is None else [power(watts)])
        message = metered(*samples, at=self._clock(minutes), transaction_id=number)
        self.hear(message, past(_later(minutes, told)))

    def leave(self, minutes: float) -> None:
        """Lose the connection."""
        self.state = messages.disconnected(self.state, past(minutes))

    def come(self, minutes: float) -> None:
        """Be back."""
        self.state = messages.connected(self.state, past(minutes))

    def price(self, minutes: float, per_kwh: float | None) -> None:
        """Let the owner pay another price from now on."""
        tariff = self.state.metering.tariff
        new = Tariff() if per_kwh is None else tariff.changed(past(minutes), per_kwh)
        self.state = changed(self.state, tariff=new)

    @property
    def sessions(self) -> tuple[ChargingSession, ...]:
        """The sessions so far."""
        return self.state.ledger.sessions

    @property
    def session(self) -> ChargingSession:
        """The only session."""
        (session,) = self.sessions
        return session

    @property
    def charges(self) -> list[tuple[float, float | None, float]]:
        """The charges of the only session: minutes past ten, and Wh."""
        return in_minutes(self.session.charges)

    def _clock(self, minutes: float) -> datetime:
        return past(minutes) - self.behind


def _later(minutes: float, told: float | None) -> float:
    return minutes if told is None else told


def in_minutes(charges: Iterable[Charge]) -> list[tuple[float, float | None, float]]:
    """Return when charges began and ended, in minutes past ten, and their Wh."""
    return [
        (
            (began - TEN) / MINUTE,
            None if ended is None else (ended - TEN) / MINUTE,
            wh,
        )
        for began, ended, wh in charges
    ]


def a_car_charging() -> Life:
    """Return a life in which a car came, and has charged for five minutes."""
    life = Life()
    life.status("Preparing", 1)
    life.start(2)
    life.status("Charging", 3)
    life.read(8, 1500)
    return life
