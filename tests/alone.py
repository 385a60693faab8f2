"""What a charger does when it is alone: a copy of it lives on, and no time has to pass."""

from copy import deepcopy
from dataclasses import replace

from .virtual_wallbox import VirtualWallbox
from .virtual_wallbox.charger import Charger


def alone(box: VirtualWallbox, seconds: float = 0, **guesses: object) -> Charger:
    """Return a copy of a charger that has lost its connection, some time later.

    Args:
        box: The charger.
        seconds: How much later.
        guesses: Fields of its personality that are otherwise from now on.
    """
    personality = box.charger.personality
    other = replace(personality, **guesses)  # type: ignore[arg-type]  # guesses are passed on as they come
    charger = deepcopy(box.charger, {id(personality): other})
    charger.disconnected()
    charger.advance(charger.now + seconds)
    return charger
