"""The connector of a charger: its status, and the errors that it reports."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus

CHARGE_POINT: Final = 0
"""The connector id of the charger as a whole (OCPP 1.6 §4.9)."""

PLUGGED_IN: Final = frozenset(
    {
        ChargePointStatus.preparing,
        ChargePointStatus.charging,
        ChargePointStatus.suspended_ev,
        ChargePointStatus.suspended_evse,
        ChargePointStatus.finishing,
    }
)

HEARD: Final = 8
"""Statuses that are remembered; from plug-in to unplug there are half as many."""

SUSPENDED: Final = frozenset(
    {ChargePointStatus.suspended_ev, ChargePointStatus.suspended_evse}
)
"""The states in which a car is plugged in and draws nothing."""

WITHIN_TRANSACTION: Final = SUSPENDED | {ChargePointStatus.charging}
AFTER_TRANSACTION: Final = frozenset(
    {ChargePointStatus.available, ChargePointStatus.finishing}
)
"""The states that no transaction has; one that has begun may still be told as Preparing."""
MAYBE_WITHIN_TRANSACTION: Final = WITHIN_TRANSACTION | {None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Connector:
    """The connector, from StatusNotifications."""

    status: ChargePointStatus | None = None
    """None while the charger is offline, or has not sent it."""
    since: datetime | None = None
    """Since when, by the charger's clock."""
    heard: tuple[tuple[ChargePointStatus, datetime], ...] = ()
    """The latest statuses on this connection with their timestamps, for `repeats`."""
    plugged_in_at: datetime | None = None
    """When the car was plugged in that has no transaction yet, if that was seen."""
    error: ChargePointErrorCode | None = None
    """The error of the connector; a charger may go on charging with it."""
    charge_point_status: ChargePointStatus | None = None
    charge_point_error: ChargePointErrorCode | None = None
    """The error of the charger as a whole."""

    @property
    def plugged_in(self) -> bool | None:
        """Whether a vehicle is connected; None if the status does not show that."""
        if self.status in PLUGGED_IN:
            return True
        return False if self.status is ChargePointStatus.available else None

    @property
    def error_shown(self) -> ChargePointErrorCode | None:
        """The error of the connector, or else of the charger as a whole."""
        return self.error or self.charge_point_error

    def repeats(self, status: ChargePointStatus | None, stamp: datetime | None) -> bool:
        """Return whether a status was heard before, and a newer one since: it was sent twice."""
        newer = stamp is not None and self.since is not None and stamp < self.since
        return newer and (status, stamp) in self.heard

    def hearing(self, status: ChargePointStatus | None, stamp: datetime | None) -> Self:
        """Return it after a status with its timestamp."""
        if status is None or stamp is None:
            return self
        return replace(self, heard=(*self.heard, (status, stamp))[-HEARD:])

    def reported(
        self,
        connector_id: int,
        status: ChargePointStatus | None,
        error: ChargePointErrorCode | None,
    ) -> Self:
        """Return it with the errors of a StatusNotification."""
        if error is ChargePointErrorCode.no_error:
            error = None
        if connector_id == CHARGE_POINT:
            return replace(self, charge_point_status=status, charge_point_error=error)
        return replace(self, error=error)
