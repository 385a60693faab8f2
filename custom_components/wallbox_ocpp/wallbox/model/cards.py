"""The cards that open a locked charger, and what each of them is worth."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ocpp.v16.enums import AuthorizationStatus

LONGEST_ID_TAG: Final = 20
"""Characters of an idTag (OCPP 1.6 §7.28)."""


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
