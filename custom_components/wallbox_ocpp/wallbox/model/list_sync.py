"""How far a charger's local authorisation list has been brought to the owner's cards."""

from dataclasses import dataclass, field

from .local_list import Entries


@dataclass(frozen=True, kw_only=True, slots=True)
class ListSync:
    """What was learned in sending the list since the charger last started."""

    asked: bool = False
    """The charger has named the version of its list."""
    full: bool = False
    """The list is being sent as a whole, after which nothing is left to try."""
    refused: Entries | None = field(default=None, repr=False)
    """What the charger would not take; it is let be with that for a while."""
