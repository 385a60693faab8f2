"""The socket side of the charger: cable, contactor, limit, current, energy, and the status that follows from them."""

from typing import Final

from .car import MIN_AMPS, Car
from .charging_profile import ChargingProfile
from .clock import Clock
from .configuration import Configuration
from .limits import Outlook, limit_at, next_edge, outlook
from .meter import Reading
from .personality import Personality
from .profiles import ProfileStore
from .status import Status
from .transaction import Transaction

SECONDS_PER_HOUR: Final = 3600.0
_FACTORY_WH: Final = 532_218.4
_SHORTEST_STEP: Final = 0.001
"""Seconds; anything less could vanish in the rounding of the clock and stop time."""
_PHASES_OF_THE_WORLD: Final = 3


class Connector:
    """Connector 1. It has no clock: its owner advances its time."""

    def __init__(
        self, personality: Personality, configuration: Configuration, clock: Clock
    ) -> None:
        """Start with nothing plugged in."""
        self._personality = personality
        self._configuration = configuration
        self._clock = clock
        self._now = 0.0
        self._offered_since = 0.0
        self._known: tuple[object, Outlook] | None = None
        self.profiles = ProfileStore(personality, configuration)
        self.car: Car | None = None
        self.transaction: Transaction | None = None
        self.authorised_tag: str | None = None
        """Somebody may start: RemoteStart or an accepted tag, waiting for the car or for the start delay."""
        self.contactor_closed = False
        self.operative = True
        self.faulted = False
        self.finished = False
        """A session ended with the cable in (or it booted so): nothing more until replug."""
        self.winding_down = False
        """The second after an unplug in which it still reports Finishing."""
        self.eco_smart = False
        """Eco-Smart in the app: it overrules OCPP (ocpp-sniffer a031759)."""
        self.reserved_for: str | None = None
        self.energy_wh = _FACTORY_WH
        self.offered_amps = 0.0
        self.current_drawn = 0.0
        self.history: list[tuple[float, float]] = [(0.0, 0.0)]

    @property
    def status(self) -> Status:
        """The status that follows from everything else (docs/chargers.md §3.2)."""
        if self.faulted:
            return Status.FAULTED
        if self.transaction is not None:
            if (
                self.offered_amps == 0
                and self.car is not None
                and self.contactor_closed
            ):
                return Status.SUSPENDED_EVSE
            return Status.CHARGING if self.current_drawn > 0 else Status.SUSPENDED_EV
        if not self.operative:
            return Status.UNAVAILABLE
        if self.winding_down:
            return Status.FINISHING
        if self.car is not None:
            return Status.FINISHING if self.finished else Status.PREPARING
        if self.authorised_tag is not None:
            return Status.PREPARING
        return Status.AVAILABLE if self.reserved_for is None else Status.RESERVED

    @property
    def current_per_phase(self) -> tuple[float, float, float]:
        """What the car draws on L1, L2 and L3, A."""
        drawn = self.current_drawn
        active = self._active_phases
        return (
            drawn,
            drawn if active > 1 else 0.0,
            drawn if active >= _PHASES_OF_THE_WORLD else 0.0,
        )

    @property
    def watts(self) -> float:
        """What the car draws, W."""
        return self.current_drawn * self._personality.volts * self._active_phases

    @property
    def reading(self) -> Reading:
        """What the meter shows."""
        amps = self.current_per_phase[: self._personality.phases]
        return Reading(self.energy_wh, amps, self.offered_amps)

    @property
    def next_change(self) -> float | None:
        """Charger second at which the current may change although nobody does anything."""
        due: list[float | None] = []
        if self.transaction is not None:
            due.append(self._outlook.edge)
        if self.car is not None and self.contactor_closed and self.offered_amps > 0:
            if (full := self.car.seconds_until_full(self.watts)) is not None:
                due.append(self._now + full)
            waking = self._offered_since + self.car.wakes_after
            due.append(waking if waking > self._now else None)
        soonest = min((second for second in due if second is not None), default=None)
        return None if soonest is None else max(soonest, self._now + _SHORTEST_STEP)

    @property
    def allowed_amps(self) -> float | None:
        """The limit by charging profiles that is in force, A; `None` for none."""
        return self._outlook.amps if self._profiles_count else None

    def allowed_at(self, second: float) -> float | None:
        """Return the limit that the profiles of now set at a charger second, A; `None` for no limit."""
        return limit_at(*self._schedules, second, self._personality)

    def next_edge(self, second: float) -> float | None:
        """Return the first charger second after this one at which that may change."""
        return next_edge(*self._schedules, second, self._personality)

    def move_to(self, now: float) -> None:
        """Let time pass with the current that flows."""
        energy = self.watts * (now - self._now) / SECONDS_PER_HOUR
        self.energy_wh += energy
        if self.car is not None:
            self.car.received_wh += energy
        self._now = now

    def refresh(self) -> None:
        """Work out what is offered and drawn from now on."""
        offered = self._offer()
        if offered > 0 and self.offered_amps == 0:
            self._offered_since = self._now
        self.offered_amps = offered
        drawn = (
            0.0
            if self.car is None
            else self.car.draw(offered, self._now - self._offered_since)
        )
        if drawn != self.current_drawn:
            self.current_drawn = drawn
            self.history.append((self._now, drawn))

    def open(self, transaction: Transaction, *, close_contactor: bool) -> None:
        """Begin a transaction."""
        self.transaction = transaction
        self.authorised_tag = None
        self.finished = False
        self.contactor_closed = close_contactor

    def close(self) -> None:
        """End the transaction; its TxProfile dies with it (OCPP 1.6 section 3.13.1)."""
        self.transaction = None
        self.contactor_closed = False
        self.profiles.end_transaction()

    def drew_current_since(self, time: float) -> float:
        """Return the highest current since a charger second, A, including what was already flowing then."""
        before = [amps for moment, amps in self.history if moment <= time]
        return max(
            [
                before[-1] if before else 0.0,
                *(amps for moment, amps in self.history if moment > time),
            ]
        )

    @property
    def _active_phases(self) -> int:
        return (
            min(self._personality.phases, self.car.phases)
            if self.car is not None
            else 0
        )

    def _offer(self) -> float:
        if (
            not self.contactor_closed
            or self.transaction is None
            or self.car is None
            or self.faulted
        ):
            return 0.0
        ceilings = [self._personality.max_amps]
        if installer_limit := self._configuration.number("chargingALimitConn1"):
            ceilings.append(float(installer_limit))
        if (limit := self.allowed_amps) is not None:
            ceilings.append(limit)
        if (highest := self._personality.highest_limit) is not None:
            ceilings.append(highest)
        amps = min(ceilings)
        return amps if amps >= MIN_AMPS else 0.0

    @property
    def _outlook(self) -> Outlook:
        """The limit of now and its next edge, which are worked out only when that may change them.

        A charger looks at them at each change of anything, and nothing takes as long.
        """
        # By the traits' id, because a copy of a charger may have others.
        basis = (*self._schedules, self._clock.zero, id(self._personality))
        if self._known is not None:
            known_basis, known = self._known
            if known_basis == basis and self._now < known.until:
                return known
        found = outlook(*self._schedules, self._now, self._personality)
        self._known = basis, found
        return found

    @property
    def _schedules(
        self,
    ) -> tuple[tuple[ChargingProfile, ...], Transaction | None, Clock]:
        return self.profiles.counting, self.transaction, self._clock

    @property
    def _profiles_count(self) -> bool:
        clockless = self._personality.profiles_need_clock and not self._clock.is_set
        return not (self._personality.ignores_limits or self.eco_smart or clockless)
