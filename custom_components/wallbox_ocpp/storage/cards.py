"""Reads the cards of a charger from its settings."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from homeassistant.const import CONF_ENABLED, CONF_NAME
from homeassistant.util import dt as dt_util

from ..const import CONF_CARDS, CONF_EXPIRES, CONF_ID_TAG, CONF_PERSON
from ..wallbox.model.cards import Card

type StoredCard = Mapping[str, Any]


def cards_in(settings: Mapping[str, Any]) -> tuple[Card, ...]:
    """Return the cards in the settings of a charger."""
    return tuple(_card(stored) for stored in settings.get(CONF_CARDS, ()))


def _card(stored: StoredCard) -> Card:
    return Card(
        id_tag=stored[CONF_ID_TAG],
        name=stored[CONF_NAME],
        person=stored.get(CONF_PERSON),
        expires=_end_of(stored.get(CONF_EXPIRES)),
        enabled=stored[CONF_ENABLED],
    )


def _end_of(day: str | None) -> datetime | None:
    """Return the end of a day in local time: a card is valid on its last day, too."""
    if day is None:
        return None
    next_day = date.fromisoformat(day) + timedelta(days=1)
    return dt_util.as_utc(dt_util.start_of_local_day(next_day))
