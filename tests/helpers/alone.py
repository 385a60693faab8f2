"""What a charger does when it is alone: a copy of it lives on, and no time has to pass."""

from copy import deepcopy
from dataclasses import replace

from simulator.virtual_wallbox import VirtualWallbox
from simulator.virtual_wallbox.charger import Charger


def alone(box: VirtualWallbox, seconds: float = 0) -> Charger:
    """Return a copy of a charger that has lost its connection, some time later."""
    charger = otherwise(box.charger)
    charger.disconnected()
    charger.advance(charger.now + seconds)
    return charger


def otherwise(charger: Charger, **guesses: object) -> Charger:
    """Return a copy of a charger that has other traits from now on, as in its personality."""
    traits = charger.personality
    other = replace(traits, **guesses)  # type: ignore[arg-type]  # traits are of many types
    # Copying takes most of the time, and no result depends on these.
    shared = (charger.configuration._table, charger.line._ids, charger.link._random)
    return deepcopy(charger, {id(traits): other} | {id(each): each for each in shared})
