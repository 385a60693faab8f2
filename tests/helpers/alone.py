"""What a charger does when it is alone: a copy of it lives on, and no time has to pass."""

from dataclasses import replace
from io import BytesIO
from pickle import Pickler, Unpickler
from typing import Any, override

from simulator.virtual_wallbox import Personality, VirtualWallbox
from simulator.virtual_wallbox.charger import Charger


class Copies:
    """A charger as it was at some moment, of which copies live on."""

    def __init__(self, charger: Charger) -> None:
        """Note how it is."""
        self.personality = charger.personality
        # No result depends on the first of these, and nothing in the others ever changes.
        same = charger.line._ids, charger.link._random, charger.configuration._table
        self._same = [*same, *charger.profiles]
        written = BytesIO()
        _Writer(written, [self.personality, *self._same]).dump(charger)
        self._written = written.getvalue()

    def copy(self, traits: Personality) -> Charger:
        """Return a copy, with some traits from now on."""
        charger = _Reader(BytesIO(self._written), [traits, *self._same]).load()
        assert isinstance(charger, Charger)
        return charger


class _Writer(Pickler):
    """Writes a charger, but numbers for what all copies have."""

    def __init__(self, file: BytesIO, same: list[Any]) -> None:
        super().__init__(file)
        self._numbers = {id(each): number for number, each in enumerate(same)}

    @override
    def persistent_id(self, obj: object) -> int | None:
        return self._numbers.get(id(obj))


class _Reader(Unpickler):
    """Reads a charger, with something else for each number."""

    def __init__(self, file: BytesIO, same: list[Any]) -> None:
        super().__init__(file)
        self._same = same

    @override
    def persistent_load(self, pid: int) -> object:
        return self._same[pid]


def alone(box: VirtualWallbox, seconds: float = 0) -> Charger:
    """Return a copy of a charger that has lost its connection, some time later."""
    charger = copied(box.charger)
    charger.disconnected()
    charger.advance(charger.now + seconds)
    return charger


def copied(charger: Charger, **guesses: object) -> Charger:
    """Return a copy of a charger that sends no readings, and has other traits, too."""
    return Copies(charger).copy(silent(charger.personality, **guesses))


def silent(traits: Personality, **guesses: object) -> Personality:
    """Return the traits of a charger that sends no readings: to word what nobody gets takes as much time as all else."""
    others: dict[str, Any] = {"sends_meter_values": False, **guesses}
    return replace(traits, **others)
