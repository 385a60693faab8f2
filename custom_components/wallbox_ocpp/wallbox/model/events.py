"""What happens in a charger, as its messages tell."""

from dataclasses import dataclass, field

from ocpp.v16.enums import AuthorizationStatus, ChargePointStatus

from .cards import Card
from .charging_session import ChargingSession


@dataclass(frozen=True, slots=True)
class Booted:
    """The charger has started, so whatever it held may be gone."""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session began or ended, and has to reach the disk before the answer goes out."""

    session: ChargingSession


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The connector went from one status to another."""

    before: ChargePointStatus | None
    after: ChargePointStatus | None


@dataclass(frozen=True, slots=True)
class ErrorChanged:
    """The charger says that something else is wrong, or nothing any more."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Readings came in, which entities need to hear of at most once a second."""


@dataclass(frozen=True, slots=True)
class FoundOut:
    """Energy has flowed while nobody watched."""


@dataclass(frozen=True, slots=True)
class LimitJudged:
    """What the car draws has shown whether the limit is followed."""


@dataclass(frozen=True, slots=True)
class CardPresented:
    """Somebody has shown a card, and was let in or not."""

    id_tag: str = field(repr=False)
    card: Card | None
    """None if its owner has not named it."""
    status: AuthorizationStatus


type Event = (
    Booted
    | SessionChanged
    | StatusChanged
    | ErrorChanged
    | Measured
    | FoundOut
    | LimitJudged
    | CardPresented
)
