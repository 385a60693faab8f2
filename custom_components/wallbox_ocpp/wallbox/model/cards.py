"""The cards of the owner, and whether each may charge at a locked charger."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ocpp.v16.enums import AuthorizationStatus

LONGEST_ID_TAG: Final = 20
"""The most characters of an idTag (OCPP 1.6 §7.28)."""
_SEPARATORS: Final = str.maketrans("", "", " :-.")
"""Separators in the numbers that are printed on cards or sent by chargers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A card or tag that the owner has added in the settings."""

    id_tag: str = field(repr=False)
    name: str
    person: str | None = None
    """The entity id of the person who has it."""
    expires: datetime | None = None
    enabled: bool = True

    def status_at(self, now: datetime) -> AuthorizationStatus:
        """Return its authorisation status (OCPP 1.6 §7.2)."""
        if not self.enabled:
            return AuthorizationStatus.blocked
        if self.expires and self.expires <= now:
            return AuthorizationStatus.expired
        return AuthorizationStatus.accepted


def bare(id_tag: str) -> str:
    """Return an idTag in capitals and without separators."""
    return id_tag.translate(_SEPARATORS).upper()


def same_card(one: str, other: str) -> bool:
    """Return whether two idTags are the same but for case (OCPP 1.6 §7.28) and separators."""
    return bare(one) == bare(other) != "" or one == other


def find(cards: Iterable[Card], id_tag: str) -> Card | None:
    """Return the card with an idTag."""
    return next((card for card in cards if same_card(card.id_tag, id_tag)), None)


def judge(cards: Iterable[Card], id_tag: str, now: datetime) -> AuthorizationStatus:
    """Return whether the card with an idTag may charge at a locked charger."""
    card = find(cards, id_tag)
    return card.status_at(now) if card else AuthorizationStatus.invalid
