"""The local authorisation list: the cards that a charger accepts offline (OCPP 1.6 §3.5.2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import Final

from ocpp.v16 import call
from ocpp.v16.datatypes import AuthorizationData, IdTagInfo
from ocpp.v16.enums import AuthorizationStatus, UpdateType

from ...csms.requests import ConfigurationKey, whole_number
from .cards import LONGEST_ID_TAG, Card
from .offline_fix import same

LIST_ENABLED: Final = "LocalAuthListEnabled"
MOST_PER_MESSAGE: Final = 450
"""Entries in one message that every known Wallbox accepts (docs/chargers.md §2)."""
NO_LIST: Final = 0
"""The version of an empty list."""
_MOST_KEY: Final = "SendLocalListMaxLength"
_SECONDS_PER_VERSION: Final = 60

type Entries = Mapping[str, datetime | None]
"""The idTags of valid cards, and when each expires."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalList:
    """The known content of a charger's list."""

    version: int = NO_LIST
    entries: dict[str, datetime | None] | None = field(default_factory=dict, repr=False)
    """None if another operator has written it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListSync:
    """What was learned about the list since the charger booted."""

    asked: bool = False
    """GetLocalListVersion was answered."""
    full: bool = False
    """The list is being sent in full; if that fails, nothing else is tried."""
    refused: Entries | None = field(default=None, repr=False)
    """The list that the charger has refused; it is not sent again for a while."""


@dataclass(frozen=True, slots=True)
class Update:
    """A SendLocalList request, and the list after it."""

    request: call.SendLocalList
    after: LocalList


def supports_list(configuration: Mapping[str, ConfigurationKey]) -> bool:
    """Return whether a charger has a list, and uses it."""
    key = configuration.get(LIST_ENABLED)
    return key is not None and same(key.value, "true")


def most_per_message(configuration: Mapping[str, ConfigurationKey]) -> int:
    """Return how many entries a charger accepts in one message."""
    most = whole_number(configuration, _MOST_KEY)
    return MOST_PER_MESSAGE if most is None else max(most, 1)


def valid_entries(cards: Iterable[Card], now: datetime) -> dict[str, datetime | None]:
    """Return the entries for the list: the cards that may charge.

    Some chargers send longer idTags than OCPP allows, and a list with one would be refused.
    """
    return {
        card.id_tag: card.expires
        for card in cards
        if card.status_at(now) is AuthorizationStatus.accepted
        and len(card.id_tag) <= LONGEST_ID_TAG
    }


def updates(
    held: LocalList, wanted: Entries, now: datetime, most: int = MOST_PER_MESSAGE
) -> Iterator[Update]:
    """Yield the requests that change a list to the wanted one, with differential updates if possible.

    A charger whose list is empty (version 0, OCPP 1.6 §5.10) gets a full update.

    A full update has a version that no other operator uses by chance, so that a list which was
    overwritten meanwhile is recognised by its version.
    """
    unknown = held.entries is None
    version, full = held.version + 1, unknown or held.version == NO_LIST
    if full:
        version = max(version, int(now.timestamp()) // _SECONDS_PER_VERSION)
    entries = held.entries or {}
    batches = list(batched(_changed(entries, wanted), most, strict=False))
    # What does not fit into one message follows as differential updates.
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
    """Return the idTags to remove, add or change."""
    gone = [tag for tag in known if tag not in wanted]
    return gone + [
        tag
        for tag, expires in wanted.items()
        if tag not in known or known[tag] != expires
    ]


def _entry(id_tag: str, wanted: Entries) -> AuthorizationData:
    """Return an entry; one without idTagInfo is removed (OCPP 1.6 §7.1)."""
    if id_tag not in wanted:
        return AuthorizationData(id_tag=id_tag)
    info = IdTagInfo(status=AuthorizationStatus.accepted)
    if expires := wanted[id_tag]:
        info.expiry_date = expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return AuthorizationData(id_tag=id_tag, id_tag_info=info)
