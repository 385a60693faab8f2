"""The progress of bringing the local authorisation list to the owner's cards."""

from dataclasses import dataclass, field

from .local_list import Entries


@dataclass(frozen=True, kw_only=True, slots=True)
class ListSync:
    """What was learned about the list since the charger booted."""

    asked: bool = False
    """GetLocalListVersion was answered."""
    full: bool = False
    """The list is being sent in full; if that fails, nothing else is tried."""
    refused: Entries | None = field(default=None, repr=False)
    """The list that the charger has refused; it is not sent again for a while."""
