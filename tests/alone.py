"""What a charger does when it is alone: a copy of it lives on, and no time has to pass."""

from copy import deepcopy

from .virtual_wallbox import VirtualWallbox
from .virtual_wallbox.charger import Charger


def alone(box: VirtualWallbox, seconds: float = 0) -> Charger:
    """Return a copy of a charger that has lost its connection, some time later."""
    charger = deepcopy(box.charger)
    charger.disconnected()
    charger.advance(charger.now + seconds)
    return charger
