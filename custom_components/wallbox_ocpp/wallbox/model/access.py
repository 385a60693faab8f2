"""Access control: the lock of a charger, its cards, and the charger's own list of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from mashumaro import DataClassDictMixin

from .cards import Card
from .local_list import ListSync, LocalList
from .offline_fix import ProfileName
from .stored import NOT_STORED


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock(DataClassDictMixin):
    """The lock: switches between the configured profile and the profile *Locked*."""

    locked: bool = False
    """The owner's wish."""
    configured: ProfileName = ProfileName.CHARGE_HQ
    """The profile in the settings when `following` last looked."""
    confirmed: bool = False
    """The charger did as the lock says, from a file of version 0.1.0, which has no verdict."""
    guest_until: datetime | None = None
    """Until when the next car may charge once, although the charger is locked."""

    @property
    def profile(self) -> ProfileName:
        """The profile that the charger should have."""
        if self.locked:
            return ProfileName.LOCKED
        if self.configured is ProfileName.LOCKED:
            return ProfileName.CHARGE_HQ
        return self.configured

    def following(self, configured: ProfileName) -> Self:
        """Apply the profile of the settings: choosing *Locked* locks, leaving it unlocks."""
        if configured is self.configured:
            return self
        if ProfileName.LOCKED not in (configured, self.configured):
            return self._confirmed_as(replace(self, configured=configured))
        locked = configured is ProfileName.LOCKED
        return self._confirmed_as(
            replace(self, configured=configured, locked=locked, guest_until=None)
        )

    def turned(self, *, locked: bool) -> Self:
        """Lock or unlock; either way, no guest is expected any more."""
        return self._confirmed_as(replace(self, locked=locked, guest_until=None))

    def expects_guest(self, now: datetime) -> bool:
        """Return whether the next car may charge once."""
        return self.guest_until is not None and now < self.guest_until

    def expecting(self, until: datetime | None) -> Self:
        """Allow the next car to charge once, until a time; None withdraws that."""
        return replace(self, guest_until=until)

    def _confirmed_as(self, lock: Self) -> Self:
        """Return a lock that is only confirmed if the charger was seen to do just that."""
        return replace(lock, confirmed=lock.profile is self.profile and self.confirmed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """A card that was presented at the charger, and when."""

    id_tag: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Who may charge, and what of that the charger holds itself."""

    controlled: bool = field(default=True, metadata=NOT_STORED)
    """Whether the owner controls who may charge; without that, there is no lock to turn."""
    lock: Lock = field(default_factory=Lock)
    cards: tuple[Card, ...] = field(default=(), metadata=NOT_STORED)
    """The cards in the settings."""
    local_list: LocalList = field(default_factory=LocalList)
    """The known content of the charger's local authorisation list."""
    list_sync: ListSync = field(default_factory=ListSync, metadata=NOT_STORED)
    presented: Presentation | None = field(default=None, metadata=NOT_STORED)
    """The latest card that was presented, until a transaction begins."""
