"""What is shown at a charger to be let in: who may charge, and whose card it was."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus

from ...csms.messages import Authorize
from ..model.access import Presentation
from ..model.cards import find, judge
from ..model.charging_profiles import REMOTE_ID_TAG
from ..model.charging_session import FREE_ID_TAGS
from ..model.events import CardPresented
from ..state import ChargerState
from .outcome import Outcome

FREE_ID_TAG: Final = "AuthDisabledIdTag"

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
    if not state.judges_cards:
        return AuthorizationStatus.accepted
    return judge(state.access.cards, id_tag, moment, welcome=_nobodys(state))


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
    if before and before.id_tag == id_tag and now - before.at <= ONE_PRESENTATION:
        return state, ()
    return state, (_presented(state, id_tag, authorization_status(state, id_tag, now)),)


def _presented(
    state: ChargerState, id_tag: str, status: AuthorizationStatus
) -> CardPresented:
    return CardPresented(id_tag, find(state.access.cards, id_tag), status)


def _is_card(state: ChargerState, id_tag: str) -> bool:
    return id_tag not in _nobodys(state)


def _nobodys(state: ChargerState) -> frozenset[str]:
    """Return the idTags of transactions for which nobody has shown a card."""
    key = state.settings.configuration.get(FREE_ID_TAG)
    own = {key.value} if key and key.value else set()
    return FREE_ID_TAGS | {REMOTE_ID_TAG} | own
