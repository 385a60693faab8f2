"""The cards that open a locked charger, and what each of them is worth."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ocpp.v16.enums import AuthorizationStatus

LONGEST_ID_TAG: Final = 20
"""Characters of an idTag (OCPP 1.6 §7.28)."""
_SEPARATORS: Final = str.maketrans("", "", " :-.")
"""What sets the digits of a number apart, on a card or in what a charger says."""


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


def bare(id_tag: str) -> str:
    """Return the characters of a number, without what sets them apart."""
    return id_tag.translate(_SEPARATORS).upper()


def same_card(one: str, other: str) -> bool:
    """Say whether two numbers are of one card, however they are spelled.

    Capital and small letters are the same (OCPP 1.6 §7.28).
    """
    return bare(one) == bare(other) != "" or one == other


def find(cards: Iterable[Card], id_tag: str) -> Card | None:
    """Return the card with a number."""
    return next((card for card in cards if same_card(card.id_tag, id_tag)), None)


def judge(cards: Iterable[Card], id_tag: str, now: datetime) -> AuthorizationStatus:
    """Say whether somebody who shows a card at a locked charger may charge.

    Args:
        cards: Those that the owner has named.
        id_tag: What was shown.
        now: In UTC.
    """
    card = find(cards, id_tag)
    return card.standing(now) if card else AuthorizationStatus.invalid
