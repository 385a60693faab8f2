"""What a charger does when it is alone: a copy of it lives on, and no time has to pass."""

from copy import deepcopy
from dataclasses import replace

from simulator.virtual_wallbox import VirtualWallbox
from simulator.virtual_wallbox.charger import Charger


def alone(box: VirtualWallbox, seconds: float = 0) -> Charger:
    """Return a copy of a charger that has lost its connection, some time later."""
    # To word readings that nobody gets takes as much time as all else.
    charger = otherwise(box.charger, sends_meter_values=False)
    charger.disconnected()
    charger.advance(charger.now + seconds)
    return charger


def otherwise(charger: Charger, **guesses: object) -> Charger:
    """Return a copy of a charger that has other traits from now on, as in its personality."""
    traits = charger.personality
    other = replace(traits, **guesses)  # type: ignore[arg-type]  # traits are of many types
    keys = charger.configuration
    # Copying takes most of the time: no result depends on the first of these, nothing in the
    # profiles ever changes, and the keys are plain text.
    shared = (keys._table, charger.line._ids, charger.link._random, *charger.profiles)
    copied = {id(each): each for each in shared}
    copied |= {id(each): dict(each) for each in (keys.stored, keys.effective)}
    return deepcopy(charger, {id(traits): other, **copied})
