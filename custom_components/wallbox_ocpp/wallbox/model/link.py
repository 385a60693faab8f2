"""A charger's link to us: whether it is there, since when, and how well it lasts."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from mashumaro import DataClassDictMixin

from ...csms.close_reason import CloseReason
from .connections import Connections
from .security import Security
from .stored import NOT_STORED

MISSED: Final = timedelta(minutes=45)
"""After which a charger is missed. One with a weak network comes back sooner, and more often
(`connections`), and so does one that is updated."""


class Presence(StrEnum):
    """Whether a charger is there, also with regard to a reboot that was asked for."""

    AWAY = "away"
    CONNECTED = "connected"
    GOING_DOWN = "going_down"
    """It is still connected, and has agreed to reboot."""
    REBOOTING = "rebooting"
    """It has gone for that reboot."""
    OVERDUE = "overdue"
    """It has not come back from it in time."""


_CONNECTED = frozenset({Presence.CONNECTED, Presence.GOING_DOWN})
_REBOOTING = frozenset({Presence.GOING_DOWN, Presence.REBOOTING})


@dataclass(frozen=True, kw_only=True, slots=True)
class Link(DataClassDictMixin):
    """The connection of a charger, and the ones before it."""

    presence: Presence = field(default=Presence.AWAY, metadata=NOT_STORED)
    connected_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When it last connected in this run of Home Assistant."""
    connections: Connections = field(default_factory=Connections, metadata=NOT_STORED)
    security: Security | None = None
    """Of its latest connection."""
    away_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """Since when it has not been there in this run of Home Assistant, if it ever was."""
    missed: bool = field(default=False, metadata=NOT_STORED)
    """It has been away for longer than a weak network explains."""
    locked_out: bool = field(default=False, metadata=NOT_STORED)
    """It has been refused because of its password since it was connected last."""
    booted_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When it last said in this run of Home Assistant that it has started."""
    boot_asked: bool = field(default=False, metadata=NOT_STORED)
    """Its next BootNotification is one that we asked for, and tells of no start."""

    @property
    def connected(self) -> bool:
        """Whether the charger is there."""
        return self.presence in _CONNECTED

    @property
    def rebooting(self) -> bool:
        """Whether it was rebooted on request and has not come back yet."""
        return self.presence in _REBOOTING

    @property
    def overdue(self) -> bool:
        """Whether it was rebooted on request and has not come back in time."""
        return self.presence is Presence.OVERDUE

    def opened(self, now: datetime, address: str) -> Self:
        """Note that the charger has connected, from a network address."""
        return replace(
            self,
            presence=Presence.CONNECTED,
            connected_at=now,
            connections=self.connections.opened(now, address),
            away_since=None,
            missed=False,
            boot_asked=False,
        )

    def closed(self, now: datetime, close_reason: CloseReason) -> Self:
        """Note that the charger has gone."""
        return replace(
            self,
            presence=Presence.REBOOTING if self.rebooting else Presence.AWAY,
            connections=self.connections.closed(now, close_reason),
            away_since=now,
        )

    def looked_for(self, now: datetime) -> Self:
        """Note how long it has been away; one that never was there is not missed."""
        if self.connected or self.security is None:
            return self
        since = self.away_since or now
        return replace(self, away_since=since, missed=now - since >= MISSED)

    def booted(self, now: datetime, serial_number: str | None) -> Self:
        """Note that the charger has said that it has started, and which one it is."""
        return replace(
            self,
            presence=Presence.CONNECTED,
            booted_at=now,
            connections=self.connections.booted(serial_number, asked=self.boot_asked),
            boot_asked=False,
        )

    def going_down(self) -> Self:
        """Note that the charger has agreed to reboot, or has left without an answer to that."""
        connected = self.connected
        return replace(
            self, presence=Presence.GOING_DOWN if connected else Presence.REBOOTING
        )

    def reboot_missed(self) -> Self:
        """Note that the time for a reboot is over, also if it never went down."""
        if self.presence is Presence.REBOOTING:
            return replace(self, presence=Presence.OVERDUE)
        if self.presence is Presence.GOING_DOWN:
            return replace(self, presence=Presence.CONNECTED)
        return self

    def expecting_boot(self, *, asked: bool) -> Self:
        """Note whether its next BootNotification is only an answer to a request of ours."""
        return replace(self, boot_asked=asked)
