"""ReserveNow and CancelReservation (OCPP 1.6 §5.13; advertised by a Wallbox, no log seen, docs/chargers.md §3.6)."""

from datetime import datetime
from typing import TYPE_CHECKING

from .clock import from_wire
from .status import Status
from .timers import Timer

if TYPE_CHECKING:
    from .charger import Charger


class Reservations:
    """At most one reservation, for connector 1."""

    def __init__(self, charger: Charger) -> None:
        """Belong to a charger."""
        self._charger = charger
        self._connector = charger.connector
        self._id: int | None = None
        self._until: datetime | None = None

    def reserve(self, reservation_id: int, id_tag: str, expiry: str) -> str:
        """Reserve and return the ReservationStatus.

        Raises:
            ValueError: The expiry date is none.
        """
        until = from_wire(expiry)
        status = self._connector.status
        if status not in {Status.AVAILABLE, Status.RESERVED} or (
            status is Status.RESERVED and reservation_id != self._id
        ):
            return {Status.UNAVAILABLE: "Unavailable", Status.FAULTED: "Faulted"}.get(
                status, "Occupied"
            )
        self._id = reservation_id
        self._until = until
        self._connector.reserved_for = id_tag
        self.restore()
        return "Accepted"

    def cancel(self, reservation_id: int) -> bool:
        """Give a reservation up; return whether there was such a one."""
        if self._id != reservation_id:
            return False
        self.end()
        return True

    def end(self) -> None:
        """Be free again."""
        self._id = self._until = self._connector.reserved_for = None
        self._charger.timers.cancel(Timer.RESERVATION)

    def restore(self) -> None:
        """Wait for the end of the reservation, also after a boot."""
        if self._until is not None:
            wait = (self._until - self._charger.utc).total_seconds()
            self._charger.timers.set(
                Timer.RESERVATION, self._charger.now + max(wait, 0.0)
            )
