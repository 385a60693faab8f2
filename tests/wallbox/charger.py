"""A charger that says what a test lets it say, and what its readings come to."""

from datetime import timedelta
from typing import Any, Final

from custom_components.wallbox_ocpp.csms.messages import Message, StatusNotification
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.tariff import Tariff
from custom_components.wallbox_ocpp.wallbox.receive import messages
from custom_components.wallbox_ocpp.wallbox.receive.outcome import Outcome
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .said import NOW, energy, metered, power, start, stop

LIFETIME: Final = 7_932_179


def at(seconds: float) -> Any:
    """Return a moment after now."""
    return NOW + timedelta(seconds=seconds)


class Charger:
    """A charger that has been connected for an hour, and says what it is told to."""

    def __init__(self, lifetime: float | None = LIFETIME) -> None:
        """Connect; its lifetime meter was read a minute ago."""
        state = changed(ChargerState(), tariff=Tariff().changed(at(-7200), 0.30))
        self.state = messages.connected(state, at(-3600))
        if lifetime is not None:
            self.say(-60, metered(energy(lifetime), at=at(-60)))

    def say(self, seconds: float, message: Message) -> Outcome:
        """Hear a message, some seconds from now."""
        outcome = messages.apply(self.state, message, at(seconds))
        self.state = outcome.state
        return outcome

    def status(self, seconds: float, name: str, *, told: float | None = None) -> None:
        """Have a status, and tell so at once or later."""
        stamp = at(seconds).isoformat()
        payload = {"connectorId": 1, "status": name, "timestamp": stamp}
        self.say(seconds if told is None else told, StatusNotification.read(payload))

    def start(self, seconds: float, meter_start: int | None) -> int:
        """Begin a transaction, and draw."""
        self.status(seconds - 1, "Preparing")
        self.say(seconds, start(meter_start, at(seconds)))
        self.status(seconds + 1, "Charging")
        return self.sessions[-1].transaction_id

    def read(
        self,
        seconds: float,
        register: float,
        number: int | None = None,
        watts: float | None = None,
        told: float | None = None,
    ) -> None:
        """Read the meter."""
        samples = [energy(register)] + ([] if watts is None else [power(watts)])
        message = metered(*samples, at=at(seconds), transaction_id=number)
        self.say(seconds if told is None else told, message)

    def stop(self, seconds: float, meter_stop: int | None, number: int = 1) -> None:
        """End a transaction."""
        self.say(seconds, stop(number, meter_stop, at(seconds)))

    @property
    def sessions(self) -> tuple[ChargingSession, ...]:
        """All of them."""
        return self.state.ledger.sessions

    @property
    def energies(self) -> list[float | None]:
        """The Wh of each session."""
        return [session.energy for session in self.sessions]

    @property
    def lifetime(self) -> float | None:
        """The Wh that people see."""
        return self.state.metering.register.lifetime

    @property
    def power(self) -> float | None:
        """The W that people see."""
        return self.state.metering.readings.power


class Away(Charger):
    """A charger that may be away."""

    def leave(self, seconds: float) -> None:
        """Lose the connection."""
        self.state = messages.disconnected(self.state, at(seconds))

    def come(self, seconds: float) -> None:
        """Be back."""
        self.state = messages.connected(self.state, at(seconds))

    def pause(self) -> None:
        """Let the owner not want it to charge."""
        self.state = changed(self.state, wish=Wish(charging=False))
