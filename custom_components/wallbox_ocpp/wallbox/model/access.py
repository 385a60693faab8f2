"""Who may charge: the lock of a charger, and the cards that open it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from mashumaro import DataClassDictMixin
from ocpp.v16.enums import AuthorizationStatus

from .offline_fix import ProfileName

LONGEST_ID_TAG: Final = 20
"""Characters of an idTag (OCPP 1.6 §7.28)."""


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
            return self._with(configured=configured)
        locked = configured is ProfileName.LOCKED
        return self._with(configured=configured, locked=locked, guest_until=None)

    def turned(self, *, locked: bool) -> Self:
        """Lock or unlock; either way nobody is expected any more."""
        return self._with(locked=locked, guest_until=None)

    def expects_guest(self, now: datetime) -> bool:
        """Say whether the next car may charge once."""
        return self.guest_until is not None and now < self.guest_until

    def _with(self, **changes: Any) -> Self:
        lock = replace(self, **changes)
        return replace(lock, confirmed=lock.profile is self.profile and self.confirmed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A card or tag that its owner has named."""

    id_tag: str = field(repr=False)
    name: str
    person: str | None = None
    """The entity of the person who has it."""
    expires: datetime | None = None
    enabled: bool = True

    def standing(self, now: datetime) -> AuthorizationStatus:
        """Say what it is worth, in the words of OCPP (OCPP 1.6 §7.2)."""
        if not self.enabled:
            return AuthorizationStatus.blocked
        if self.expires and self.expires <= now:
            return AuthorizationStatus.expired
        return AuthorizationStatus.accepted


def find(cards: Iterable[Card], id_tag: str) -> Card | None:
    """Return the card with a number; capital and small letters are the same (OCPP 1.6 §7.28)."""
    wanted = id_tag.casefold()
    return next((card for card in cards if card.id_tag.casefold() == wanted), None)


def judge(
    cards: Iterable[Card], id_tag: str, now: datetime, *, welcome: Collection[str]
) -> AuthorizationStatus:
    """Say whether somebody who shows an idTag at a locked charger may charge.

    Args:
        cards: Those that the owner has named.
        id_tag: What was shown.
        now: In UTC.
        welcome: What a charger shows where nobody has shown anything.
    """
    if id_tag in welcome:
        return AuthorizationStatus.accepted
    card = find(cards, id_tag)
    return card.standing(now) if card else AuthorizationStatus.invalid
