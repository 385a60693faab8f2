"""How files with the sessions of a charger are called."""

from typing import Final

from homeassistant.core import callback
from homeassistant.util import slugify

from ..const import SUBENTRY_CHARGER
from ..coordinator import ChargerCoordinator
from ..storage.display_name import display_name

LONGEST: Final = 100
"""Characters of a name that are used: the disk takes 255 bytes, with the days and the ending."""


@callback
def async_file_name(coordinator: ChargerCoordinator) -> str:
    """Return the beginning of a file's name: that of the charger, with its identity if another has the same."""
    hass, entry = coordinator.hass, coordinator.config_entry
    names = [
        _short(display_name(hass, entry, subentry))
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
    ]
    name = _short(coordinator.display_name)
    if names.count(name) > 1:
        return f"{name}_{_short(coordinator.identity)}"
    return name


def _short(name: str) -> str:
    return slugify(name)[:LONGEST].rstrip("_")
