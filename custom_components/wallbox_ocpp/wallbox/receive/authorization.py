"""What is shown at a charger to be let in: who may charge, and whose card it was."""

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
"""Between Authorize and the StartTransaction that belongs to it at most: a charger waits
``ConnectionTimeOut`` for the plug, 120 s (docs/chargers.md §2)."""


def authorize(state: ChargerState, message: Authorize, now: datetime) -> Outcome:
    """Answer whether a card may charge."""
    status = authorization_status(state, message.id_tag, now)
    if not message.id_tag and state.judges_cards:
        # Whoever asks has been shown something.
        status = AuthorizationStatus.invalid
    answer = call_result.Authorize(id_tag_info=IdTagInfo(status=status))
    if not _is_card(state, message.id_tag):
        return Outcome(state, answer)
    presented = Presentation(id_tag=message.id_tag, at=now)
    return Outcome(
        replace(state, access=replace(state.access, presented=presented)),
        answer,
        (_presented(state, message.id_tag, status),),
    )


def authorization_status(
    state: ChargerState, id_tag: str, moment: datetime
) -> AuthorizationStatus:
    """Say whether a transaction may begin: everybody's, unless the charger is locked."""
    if not state.judges_cards or not _is_card(state, id_tag):
        return AuthorizationStatus.accepted
    return judge(state.access.cards, id_tag, moment)


def as_kept(state: ChargerState, id_tag: str) -> str:
    """Return the idTag of a transaction as it is kept: of one that nobody authorised, none."""
    # One that began before the charger had told its own is told again as it was told first.
    known = state.ledger.open
    if id_tag in FREE_ID_TAGS or (known and known.id_tag == id_tag):
        return id_tag
    return "" if _is_own(state, id_tag) else id_tag


def holder(state: ChargerState, id_tag: str) -> str | None:
    """Return the name that the owner has given a card."""
    card = find(state.access.cards, id_tag)
    return card.name if card else None


def started(
    state: ChargerState, id_tag: str, now: datetime, *, delayed: bool
) -> tuple[ChargerState, tuple[CardPresented, ...]]:
    """Take in with what a transaction has begun.

    A card that the charger knows by itself is only heard of now. One that was shown to us
    before has been told of, and one from the charger's queue is history.
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
    """Say whether somebody has shown a card, and the charger or we have not come by ourselves."""
    known = FREE_ID_TAGS | {REMOTE_ID_TAG}
    return id_tag not in known and not _is_own(state, id_tag)


def _is_own(state: ChargerState, id_tag: str) -> bool:
    """Say whether it is what this charger says where nobody has shown a card.

    An earlier operator may have chosen that (docs/chargers.md §1.1).
    """
    own = state.settings.free_id_tag
    return own is not None and own.casefold() == id_tag.casefold()
