"""The transaction of the car that is plugged in: whether it got one."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteStart:
    """Whether the car got a transaction, and when to ask for one."""

    started: bool | None = None
    """None until one is opened or asked for; False if the charger refused it."""
    due_at: datetime | None = None
    """When the charger has had long enough to open one by itself."""
    asked: bool = False
    """The owner asks for it."""

    @property
    def refused(self) -> bool:
        """Whether the charger has refused a transaction to the car that is plugged in."""
        return self.started is False
