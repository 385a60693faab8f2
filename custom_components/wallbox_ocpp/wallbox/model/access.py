"""Who may charge: the lock of a charger, its cards, and what the charger knows of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from mashumaro import DataClassDictMixin

from .cards import Card
from .list_sync import ListSync
from .local_list import LocalList
from .offline_fix import ProfileName
from .stored import NOT_STORED


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock(DataClassDictMixin):
    """The switch between the owner's way of charging and the profile *Locked*."""

    locked: bool = False
    """The owner's wish."""
    configured: ProfileName = ProfileName.CHARGE_HQ
    """What the settings said when the lock last followed them."""
    confirmed: bool = False
    """The charger was seen to do as the lock says, when that was last remembered."""
    guest_until: datetime | None = None
    """Until when the next car may charge once although it is locked."""

    @property
    def profile(self) -> ProfileName:
        """The desired configuration of the charger."""
        if self.locked:
            return ProfileName.LOCKED
        if self.configured is ProfileName.LOCKED:
            return ProfileName.CHARGE_HQ
        return self.configured

    def following(self, configured: ProfileName) -> Self:
        """Follow the settings: choosing *Locked* locks, and leaving it unlocks."""
        if configured is self.configured:
            return self
        if ProfileName.LOCKED not in (configured, self.configured):
            return self._confirmed_as(replace(self, configured=configured))
        locked = configured is ProfileName.LOCKED
        return self._confirmed_as(
            replace(self, configured=configured, locked=locked, guest_until=None)
        )

    def turned(self, *, locked: bool) -> Self:
        """Lock or unlock; either way nobody is expected any more."""
        return self._confirmed_as(replace(self, locked=locked, guest_until=None))

    def expects_guest(self, now: datetime) -> bool:
        """Say whether the next car may charge once."""
        return self.guest_until is not None and now < self.guest_until

    def expecting(self, until: datetime | None) -> Self:
        """Let the next car charge once, until then; None if no car is expected any more."""
        return replace(self, guest_until=until)

    def _confirmed_as(self, lock: Self) -> Self:
        """Return a lock that is only confirmed if the charger was seen to do just that."""
        return replace(lock, confirmed=lock.profile is self.profile and self.confirmed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """A card that somebody has shown, and when."""

    id_tag: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Access(DataClassDictMixin):
    """Who may charge, and how far the charger knows that by itself."""

    lock: Lock = field(default_factory=Lock)
    cards: tuple[Card, ...] = field(default=(), metadata=NOT_STORED)
    """Those that the owner has named."""
    local_list: LocalList = field(default_factory=LocalList)
    """What the charger's own list is known to hold."""
    list_sync: ListSync = field(default_factory=ListSync, metadata=NOT_STORED)
    presented: Presentation | None = field(default=None, metadata=NOT_STORED)
    """The latest card that was shown before a transaction began."""
