"""Requests that the owner makes directly: settings, messages, unlocking the cable."""

from dataclasses import dataclass, field

from ...csms.requests import OcppPayload
from .reading import Read, Write


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainRequest:
    """Any other request, and its answer."""

    request: OcppPayload = field(repr=False)
    status: str = ""
    done: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerRequest:
    """A request of the owner, until its answer has been fetched."""

    number: int
    """Its unique number."""
    item: Read | Write | PlainRequest
    sent: bool = False
    """It was sent, and the answer is pending."""

    @property
    def done(self) -> bool:
        """Whether it has been answered."""
        return self.item.done
