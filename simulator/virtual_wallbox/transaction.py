"""A transaction, as the charger knows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True, eq=False)
class Transaction:
    """One charging session.

    Attributes:
        id_tag: Who started it.
        started: Charger second at which it began.
        started_at: The same by the charger's own clock.
        meter_start: Lifetime register at its beginning, Wh.
        unasked: Nobody authorised it: free mode, or the charger's own idea while offline.
        id: The server's number; `None` until it has answered, 0 if it never gave a usable one (docs/chargers.md §3.3).
    """

    id_tag: str
    started: float
    started_at: datetime
    meter_start: int
    unasked: bool = False
    id: int | None = None
