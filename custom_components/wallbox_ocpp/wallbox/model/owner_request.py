"""What people who know ask of a charger directly: settings, messages, the cable's lock."""

from dataclasses import dataclass, field

from ...csms.requests import OcppPayload
from .reading import Read, Write


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """Any other request, with what the charger answered."""

    request: OcppPayload = field(repr=False)
    status: str = ""
    done: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerRequest:
    """A request, until its answer has been fetched."""

    number: int
    """Tells it from the others."""
    item: Read | Write | Ask
    sent: bool = False
    """Its answer is still to come."""

    @property
    def done(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.item.done
