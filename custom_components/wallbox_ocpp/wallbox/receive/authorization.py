"""Authorize, and the idTags of transactions: who may charge, and whose card it was."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus

from ...csms.messages import Authorize
from ..model.access import Presentation
from ..model.cards import find, judge, same_card
from ..model.charging_profiles import REMOTE_ID_TAG
from ..model.charging_session import FREE_ID_TAGS
from ..model.events import CardPresented
from ..state import ChargerState
from .outcome import Outcome

ONE_PRESENTATION: Final = timedelta(minutes=5)
"""The longest time from Authorize to the StartTransaction that follows it: a charger waits
``ConnectionTimeOut`` for the plug, 120 s (docs/chargers.md §2)."""


def authorize(state: ChargerState, message: Authorize, now: datetime) -> Outcome:
    """Answer Authorize."""
    status = authorization_status(state, message.id_tag, now)
    if not message.id_tag and state.judges_cards:
        # A charger asks only if a card was presented.
        status = AuthorizationStatus.invalid
    answer = call_result.Authorize(id_tag_info=IdTagInfo(status=status))
    if not _is_card(state, message.id_tag):
        return Outcome(state, answer)
    presented = Presentation(id_tag=message.id_tag, at=now)
    return Outcome(
        replace(state, access=replace(state.access, presented=presented)),
        answer,
        (_presented(state, message.id_tag, status),),
        urgent=True,
    )


def authorization_status(
    state: ChargerState, id_tag: str, moment: datetime
) -> AuthorizationStatus:
    """Return the answer to the idTag of a transaction: accepted unless the charger is locked."""
    if not state.judges_cards or not _is_card(state, id_tag):
        return AuthorizationStatus.accepted
    return judge(state.access.cards, id_tag, moment)


def stored_id_tag(state: ChargerState, id_tag: str) -> str:
    """Return the idTag to keep for a transaction: none if nobody was asked for a card."""
    # A transaction that began before that idTag was known keeps what was sent first.
    known = state.ledger.open
    if id_tag in FREE_ID_TAGS or (known and known.id_tag == id_tag):
        return id_tag
    return "" if _is_free_mode_tag(state, id_tag) else id_tag


def holder(state: ChargerState, id_tag: str) -> str | None:
    """Return the name of a card, if it is in the settings."""
    card = find(state.access.cards, id_tag)
    return card.name if card else None


def started(
    state: ChargerState, id_tag: str, now: datetime, *, delayed: bool
) -> tuple[ChargerState, tuple[CardPresented, ...]]:
    """Return the state after a transaction began with an idTag, and the event of the card.

    There is an event if the charger accepted the card from its local list. There is none if
    Authorize came before, or if the start is from the charger's queue.
    """
    if id_tag == REMOTE_ID_TAG:
        return state.locked_by(state.access.lock.expecting(None)), ()
    if delayed or not _is_card(state, id_tag):
        return state, ()
    before = state.access.presented
    state = replace(state, access=replace(state.access, presented=None))
    if (
        before
        and same_card(before.id_tag, id_tag)
        and now - before.at <= ONE_PRESENTATION
    ):
        return state, ()
    return state, (_presented(state, id_tag, authorization_status(state, id_tag, now)),)


def _presented(
    state: ChargerState, id_tag: str, status: AuthorizationStatus
) -> CardPresented:
    return CardPresented(id_tag, find(state.access.cards, id_tag), status)


def _is_card(state: ChargerState, id_tag: str) -> bool:
    """Return whether an idTag is a card, and not that of free mode or of a remote start."""
    known = FREE_ID_TAGS | {REMOTE_ID_TAG}
    return id_tag not in known and not _is_free_mode_tag(state, id_tag)


def _is_free_mode_tag(state: ChargerState, id_tag: str) -> bool:
    """Return whether an idTag is the one that this charger sends in free mode.

    An earlier operator may have changed it (docs/chargers.md §1.1).
    """
    own = state.settings.free_id_tag
    return own is not None and own.casefold() == id_tag.casefold()
