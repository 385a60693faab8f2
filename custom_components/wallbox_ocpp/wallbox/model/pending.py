"""What is under way between us and a charger, apart from its limits and settings."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ocpp.v16.enums import ResetType

from .owner_request import OwnerRequest


class Reset(StrEnum):
    """A reboot that the owner has asked for, as long as the charger has not answered."""

    SOFT = ResetType.soft.value
    HARD = ResetType.hard.value
    """The gentle way was refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """Requests that are to be made or answered, and times at which something is due."""

    owner_requests: tuple[OwnerRequest, ...] = ()
    """What its owner has asked of it directly, and has not had an answer to."""
    boot_requested: bool = False
    """It has been asked once for a BootNotification in this run of ours."""
    status_requested: bool = False
    """It has been asked for its status on this connection."""
    readings_due: bool = False
    """It is to be asked for readings."""
    checks: tuple[datetime, ...] = ()
    """When to ask what is drawn, after a change of the limit."""
    silent_until: datetime | None = None
    """It did not answer, and is let be until then."""
    reset: Reset | None = None
    back_by: datetime | None = None
    """When it should be back from a reboot."""
    abandon_at: datetime | None = None
    """When a session without a car is given up, unless its end is told before."""
