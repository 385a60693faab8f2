"""RemoteStartTransaction for the car that is plugged in: whether and when it is sent."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteStart:
    """Whether the plugged-in car got a transaction, and when to request one."""

    started: bool | None = None
    """None until a transaction begins or is requested; False if the charger refused it."""
    due_at: datetime | None = None
    """When to request one: the charger has had time to begin one by itself."""
    asked: bool = False
    """The owner has requested it."""

    @property
    def refused(self) -> bool:
        """Whether the charger has refused a transaction to the car that is plugged in."""
        return self.started is False
