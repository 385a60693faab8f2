"""Requests that are due or pending, apart from limits and settings, and times to wait for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ocpp.v16.enums import ResetType

from ...csms.requests import OcppPayload
from .reading import Read, Write

STATUS_WITHIN: Final = timedelta(minutes=1)
"""Time for a status that was requested: a charger may have others to send first."""


class Reset(StrEnum):
    """The Reset to send for a reboot that the owner has requested, until it is answered."""

    SOFT = ResetType.soft.value
    HARD = ResetType.hard.value
    """A soft reset was refused, or the owner forces a hard one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainRequest:
    """Any other request of the owner than reading or writing settings, and its answer."""

    request: OcppPayload = field(repr=False)
    status: str = ""
    done: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerRequest:
    """A request that the owner makes directly, until its answer has been fetched."""

    item: Read | Write | PlainRequest
    sent: bool = False
    """It was sent, and the answer is pending."""

    @property
    def done(self) -> bool:
        """Whether it has been answered."""
        return self.item.done


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """Requests that are due or pending, and times at which something is due."""

    owner_requests: Mapping[int, OwnerRequest] = field(default_factory=dict)
    """Direct requests of the owner whose answers have not been fetched, by number, oldest first."""
    boot_requested: bool = False
    """A BootNotification has been requested in this run of Home Assistant."""
    status_requested: bool = False
    """A StatusNotification has been requested on this connection, because none counted: now each does,
    whatever its timestamp."""
    status_expected_until: datetime | None = None
    """Until when a status may be the one that was requested before a session is closed."""
    last_call: int | None = None
    """The transaction of the latest session for which it was requested on this connection."""
    readings_due: bool = False
    """MeterValues are to be requested."""
    checks: tuple[datetime, ...] = ()
    """When to request MeterValues after a change of the limit."""
    silent_until: datetime | None = None
    """Until when nothing is requested, because the charger did not answer."""
    signal_at: datetime | None = None
    """When to read the Wi-Fi signal strength; None for never."""
    reset: Reset | None = None
    back_by: datetime | None = None
    """When the charger should be back from a reboot."""
    abandon_at: datetime | None = None
    """When a session without a car is closed, unless its StopTransaction comes before."""
    start_received: bool = False
    """The open session began, or was reported again, on this connection: the charger knows it, and
    its StopTransaction is still to come."""

    def expects_status(self, now: datetime) -> bool:
        """Return whether a status may be the one that was requested before a session is closed."""
        return bool(self.status_expected_until and now <= self.status_expected_until)
