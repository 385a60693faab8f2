"""The link to a charger: whether it is connected, since when, and how its connections end."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from ...csms.close_reason import CloseReason
from .connections import Connections
from .stored import NOT_STORED

MISSED: Final = timedelta(minutes=45)
"""After which an offline charger is reported. One with a weak network, or one that updates its
firmware, comes back sooner; for a weak network see `connections`."""


class Presence(StrEnum):
    """Whether a charger is connected, and how far a requested reboot is."""

    AWAY = "away"
    CONNECTED = "connected"
    GOING_DOWN = "going_down"
    """Connected; it has accepted a Reset."""
    REBOOTING = "rebooting"
    """Disconnected for that reboot."""
    OVERDUE = "overdue"
    """Not back from that reboot in time."""


class Security(StrEnum):
    """Whether a connection is encrypted, and the charger proves its identity."""

    OPEN = "open"
    PASSWORD = "password"
    """OCPP's security profile 1."""
    ENCRYPTED = "encrypted"
    PASSWORD_AND_ENCRYPTED = "password_and_encrypted"
    """OCPP's security profile 2."""

    @classmethod
    def of(cls, *, has_password: bool, encrypted: bool) -> Self:
        """Return the security of a connection."""
        if encrypted:
            return cls.PASSWORD_AND_ENCRYPTED if has_password else cls.ENCRYPTED
        return cls.PASSWORD if has_password else cls.OPEN


_CONNECTED = frozenset({Presence.CONNECTED, Presence.GOING_DOWN})
_REBOOTING = frozenset({Presence.GOING_DOWN, Presence.REBOOTING})


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """The connection of a charger, and the ones before it."""

    presence: Presence = field(default=Presence.AWAY, metadata=NOT_STORED)
    connected_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When it last connected in this run of Home Assistant."""
    connections: Connections = field(default_factory=Connections, metadata=NOT_STORED)
    security: Security | None = None
    """How its latest connection is secured."""
    away_since: datetime | None = field(default=None, metadata=NOT_STORED)
    """Since when it has been disconnected in this run of Home Assistant."""
    missed: bool = field(default=False, metadata=NOT_STORED)
    """It has been disconnected for longer than `MISSED`."""
    locked_out: bool = field(default=False, metadata=NOT_STORED)
    """It has been refused because of its password since it was last connected."""
    booted_at: datetime | None = field(default=None, metadata=NOT_STORED)
    """When its latest BootNotification came in this run of Home Assistant."""
    boot_asked: bool = field(default=False, metadata=NOT_STORED)
    """Its next BootNotification is the answer to a TriggerMessage, and no boot."""

    @property
    def connected(self) -> bool:
        """Whether the charger is connected."""
        return self.presence in _CONNECTED

    @property
    def rebooting(self) -> bool:
        """Whether a requested reboot is under way."""
        return self.presence in _REBOOTING

    @property
    def overdue(self) -> bool:
        """Whether it has not come back in time from a requested reboot."""
        return self.presence is Presence.OVERDUE

    def opened(self, now: datetime, address: str) -> Self:
        """Return it after the charger has connected from a network address."""
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
        """Return it after the charger has disconnected."""
        return replace(
            self,
            presence=Presence.REBOOTING if self.rebooting else Presence.AWAY,
            connections=self.connections.closed(now, close_reason),
            away_since=now,
        )

    def looked_for(self, now: datetime) -> Self:
        """Update `missed`; a charger that was never connected is not missed."""
        if self.connected or self.security is None:
            return self
        since = self.away_since or now
        return replace(self, away_since=since, missed=now - since >= MISSED)

    def booted(self, now: datetime, serial_number: str | None) -> Self:
        """Return it after a BootNotification."""
        return replace(
            self,
            presence=Presence.CONNECTED,
            booted_at=now,
            connections=self.connections.booted(serial_number, asked=self.boot_asked),
            boot_asked=False,
        )

    def going_down(self) -> Self:
        """Return it after a Reset that was accepted, or was followed by a disconnect."""
        connected = self.connected
        return replace(
            self, presence=Presence.GOING_DOWN if connected else Presence.REBOOTING
        )

    def reboot_missed(self) -> Self:
        """Return it when the time for a reboot is over, whether or not the charger disconnected."""
        if self.presence is Presence.REBOOTING:
            return replace(self, presence=Presence.OVERDUE)
        if self.presence is Presence.GOING_DOWN:
            return replace(self, presence=Presence.CONNECTED)
        return self

    def expecting_boot(self, *, asked: bool) -> Self:
        """Return it with whether the next BootNotification is only the answer to a TriggerMessage."""
        return replace(self, boot_asked=asked)
