"""The local authorisation list: the cards that a charger knows by itself (OCPP 1.6 §3.5.2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import Final

from mashumaro import DataClassDictMixin
from ocpp.v16 import call
from ocpp.v16.datatypes import AuthorizationData, IdTagInfo
from ocpp.v16.enums import AuthorizationStatus, UpdateType

from ...csms.requests import ConfigurationKey
from .cards import Card
from .offline_fix import same

LIST_ENABLED: Final = "LocalAuthListEnabled"
MOST_PER_MESSAGE: Final = 450
"""Entries that every Wallbox seen so far takes at once (docs/chargers.md §2)."""
NO_LIST: Final = 0
"""The version of the list of a charger that holds none."""
_MOST_KEY: Final = "SendLocalListMaxLength"
_SECONDS_PER_VERSION: Final = 60

type Entries = Mapping[str, datetime | None]
"""Numbers of valid cards, and when each of them expires."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalList(DataClassDictMixin):
    """What a charger's list is known to hold."""

    version: int = NO_LIST
    entries: dict[str, datetime | None] | None = field(default_factory=dict, repr=False)
    """None if somebody else has written it."""


@dataclass(frozen=True, slots=True)
class Update:
    """A step on the way to the list that is wanted, and where it leads."""

    request: call.SendLocalList
    after: LocalList


def supports_list(configuration: Mapping[str, ConfigurationKey]) -> bool:
    """Say whether a charger has a list, and looks at it."""
    key = configuration.get(LIST_ENABLED)
    return key is not None and same(key.value, "true")


def most_per_message(configuration: Mapping[str, ConfigurationKey]) -> int:
    """Return how many entries a charger takes at once."""
    key = configuration.get(_MOST_KEY)
    try:
        return max(int(key.value or ""), 1) if key else MOST_PER_MESSAGE
    except ValueError:
        return MOST_PER_MESSAGE


def valid_entries(cards: Iterable[Card], now: datetime) -> dict[str, datetime | None]:
    """Return what shall be in the list: whoever is not in it is not let in."""
    return {
        card.id_tag: card.expires
        for card in cards
        if card.standing(now) is AuthorizationStatus.accepted
    }


def updates(
    held: LocalList, wanted: Entries, now: datetime, most: int = MOST_PER_MESSAGE
) -> Iterator[Update]:
    """Bring a list from what it holds to what is wanted, by differences where possible.

    There is nothing to which differences could be told to a charger that has no list yet, which
    is what version 0 says (OCPP 1.6 §5.10).

    A list that is written anew gets a version that no other operator gives by chance: one
    that has been overwritten meanwhile is known by its version.
    """
    unknown = held.entries is None
    version, full = held.version + 1, unknown or held.version == NO_LIST
    if full:
        version = max(version, int(now.timestamp()) // _SECONDS_PER_VERSION)
    entries = held.entries or {}
    batches = list(batched(_changed(entries, wanted), most, strict=False))
    # What does not fit into one message follows as differences to it.
    for batch in batches or [()] * unknown:
        kept = {tag: expires for tag, expires in entries.items() if tag not in batch}
        entries = kept | {tag: wanted[tag] for tag in batch if tag in wanted}
        request = call.SendLocalList(
            list_version=version,
            update_type=UpdateType.full if full else UpdateType.differential,
            local_authorization_list=[_entry(tag, wanted) for tag in batch],
        )
        yield Update(request, LocalList(version=version, entries=entries))
        version, full = version + 1, False


def _changed(known: Entries, wanted: Entries) -> list[str]:
    """Return the numbers that have to go, come or change."""
    gone = [tag for tag in known if tag not in wanted]
    return gone + [
        tag
        for tag, expires in wanted.items()
        if tag not in known or known[tag] != expires
    ]


def _entry(id_tag: str, wanted: Entries) -> AuthorizationData:
    """Word an entry; without information it is taken out (OCPP 1.6 §7.1)."""
    if id_tag not in wanted:
        return AuthorizationData(id_tag=id_tag)
    info = IdTagInfo(status=AuthorizationStatus.accepted)
    if expires := wanted[id_tag]:
        info.expiry_date = expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return AuthorizationData(id_tag=id_tag, id_tag_info=info)
