"""What there is to see of a charger from outside, for tests and for the control page."""

from collections.abc import Mapping
from datetime import datetime

from .car import Car
from .charging_profile import ChargingProfile
from .clock import Clock
from .configuration import Configuration
from .connector import Connector
from .halo import Halo, halo
from .link import Link
from .sessions import Sessions
from .status import Status
from .timers import Timers
from .transaction import Transaction


class Observations:
    """The read-only side of `Charger`; nothing here changes anything."""

    now: float
    powered: bool
    booting: bool
    clock: Clock
    configuration: Configuration
    connector: Connector
    link: Link
    sessions: Sessions
    timers: Timers

    @property
    def running(self) -> bool:
        """Return whether it has power and has booted."""
        return self.powered and not self.booting

    @property
    def link_up(self) -> bool:
        """Return whether the socket is open, as far as the charger knows."""
        return self.link.up

    @property
    def offline(self) -> bool:
        """Return whether the link has been gone long enough for it to act on its own."""
        return self.link.offline

    @property
    def utc(self) -> datetime:
        """The charger's own clock."""
        return self.clock.utc(self.now)

    @property
    def status(self) -> Status:
        """Status of connector 1; Unavailable while it has no power or boots."""
        return self.connector.status if self.running else Status.UNAVAILABLE

    @property
    def halo(self) -> Halo:
        """What the LED ring shows."""
        return halo(
            self.status,
            powered=self.powered,
            starting=self.booting,
            free=self.sessions.free,
            brightness=self.configuration.number("LightIntensity"),
        )

    @property
    def current_drawn(self) -> float:
        """What the car draws now on its busiest phase, A."""
        return self.connector.current_drawn

    @property
    def current_per_phase(self) -> tuple[float, float, float]:
        """What the car draws now on L1, L2, L3, A."""
        return self.connector.current_per_phase

    @property
    def current_history(self) -> list[tuple[float, float]]:
        """Every change of `current_drawn`: (charger second, A)."""
        return self.connector.history

    def drew_current_since(self, time: float) -> float:
        """Return the highest current since a charger second, A, including what was already flowing then."""
        return self.connector.drew_current_since(time)

    @property
    def offered_amps(self) -> float:
        """What the pilot line offers to the car, A."""
        return self.connector.offered_amps

    @property
    def allowed_amps(self) -> float | None:
        """The limit by charging profiles that is in force now, A; `None` for none."""
        return self.connector.allowed_amps

    def allowed_at(self, second: float) -> float | None:
        """Return what the installed profiles will allow at a charger second, A, if nothing else happens."""
        return self.connector.allowed_at(second)

    def drawn_at(self, second: float) -> float:
        """Return what the car drew at a charger second in the past, A."""
        return next(
            amps for since, amps in reversed(self.current_history) if since <= second
        )

    @property
    def power(self) -> float:
        """What the car draws now, W."""
        return self.connector.watts

    @property
    def contactor_closed(self) -> bool:
        """Return whether the cable is live."""
        return self.connector.contactor_closed

    @property
    def energy_wh(self) -> float:
        """Lifetime register, Wh."""
        return self.connector.energy_wh

    @property
    def transaction(self) -> Transaction | None:
        """The open transaction."""
        return self.connector.transaction

    @property
    def car(self) -> Car | None:
        """The car on the cable."""
        return self.connector.car

    @property
    def profiles(self) -> tuple[ChargingProfile, ...]:
        """The installed charging profiles."""
        return tuple(self.connector.profiles.installed)

    @property
    def keys(self) -> Mapping[str, str]:
        """Configuration as it reads back."""
        return self.configuration.stored

    @property
    def effective_keys(self) -> Mapping[str, str]:
        """Configuration as the charger acts on it."""
        return self.configuration.effective

    @property
    def violations(self) -> list[str]:
        """What the server has sent that is not valid by the schemas of OCPP."""
        return self.link.violations

    @property
    def wants_link(self) -> bool:
        """Return whether it would connect now if it could."""
        return self.link.wanted

    @property
    def next_due(self) -> float | None:
        """Charger second at which something happens by itself."""
        return self.timers.next_due
