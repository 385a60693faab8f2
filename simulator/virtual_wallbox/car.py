"""The car on the cable."""

from dataclasses import dataclass
from typing import Final

MIN_AMPS: Final = 6.0
"""The least current the pilot line can offer (IEC 61851); anything lower means no current."""


@dataclass(slots=True)
class Car:
    """An electric car: it draws what it is offered, up to what it can take, until it has enough.

    Attributes:
        max_amps: Most it can draw on each phase, A.
        phases: How many phases it charges on, 1 to 3.
        wants_wh: Energy until it is full, Wh; `None` never fills.
        wakes_after: Seconds between the first offer of current and the draw (about 4 s in docs/chargers.md §3.2; 0 is the
            harshest case for a server that wants to pause in time).
        paused: The car itself does not want to charge now.
    """

    max_amps: float = 16.0
    phases: int = 3
    wants_wh: float | None = None
    wakes_after: float = 0.0
    paused: bool = False
    received_wh: float = 0.0

    @property
    def full(self) -> bool:
        """Return whether it has all the energy it wants."""
        return self.wants_wh is not None and self.received_wh >= self.wants_wh - 1e-6

    def fill(self) -> None:
        """Be full from now on."""
        self.wants_wh = self.received_wh

    def draw(self, offered_amps: float, offered_for: float) -> float:
        """Return how much it draws on each of its phases, A.

        Args:
            offered_amps: What the charger offers now, A.
            offered_for: Seconds since it began to offer current.
        """
        if (
            offered_amps < MIN_AMPS
            or self.paused
            or self.full
            or offered_for < self.wakes_after
        ):
            return 0.0
        return min(offered_amps, self.max_amps)

    def seconds_until_full(self, watts: float) -> float | None:
        """Return when it will be full at this power, s; `None` for never."""
        if self.wants_wh is None or watts <= 0:
            return None
        return (self.wants_wh - self.received_wh) * 3600 / watts
