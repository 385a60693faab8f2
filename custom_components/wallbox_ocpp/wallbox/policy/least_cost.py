"""The dynamic programme: when to charge, at the least cost.

In each tick the car charges or not. It stops by itself when it has what it needs, so the last tick
is used in part. A run goes on for at least a minimum; each one that begins costs something, and one
that is under way has begun already.

A state is how much has been charged, and whether a run is under way and how long it still has to go
on. The programme goes through the ticks and keeps the least value of each state. A value is cost,
then the number of starts, then how late it is, as one whole number: sums are exact, and what costs
the same is the same. As every sequence of on and off that is possible leads through these states,
what is found costs the least of all of them.

Ticks are whole cells (their greatest common divisor, mostly a quarter of an hour), but for the
first, which begins now. So that is tried both ways, and what has been charged is a number of cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, gcd
from typing import Final, NamedTuple

from .ticks import Tick

OFF: Final = -1
"""No run is under way. Otherwise: the seconds for which it still has to go on."""

_COST: Final = 1 << 44
_START: Final = 1 << 32
"""What a unit of cost, and a start, weigh against how late it is: index of a tick times seconds,
which is less than 600 times 172,800."""

_NEVER: Final = 1 << 200
"""The value of a state that cannot be reached."""

type Layer = dict[int, list[int]]
"""The value of each state before a tick: by run, and by the number of cells charged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a sequence has to do."""

    seconds: int
    """Of charging."""
    run: int
    """Now: OFF, or for how many seconds it has to go on."""
    minimum: int
    """Seconds of a run."""
    start: int
    """What a start costs, in millionths of a price times seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A sequence of on and off."""

    value: int
    used: tuple[int, ...]
    """Seconds that are charged in each tick."""


class _State(NamedTuple):
    """A state before a tick."""

    tick: int
    run: int
    done: int
    value: int


def least_cost(ticks: Sequence[Tick], wanted: Wanted) -> Found | None:
    """Return the sequence of least cost, None if none does what is wanted."""
    if not ticks:
        return None
    first, rest = ticks[0], ticks[1:]
    ways: list[Found] = []
    if wanted.run <= 0 and (found := _of_cells(rest, replace(wanted, run=OFF))):
        ways.append(Found(value=found.value, used=(0, *found.used)))
    used = min(first.seconds, wanted.seconds)
    value = _begun(wanted.run, wanted) + _rate(first, 0) * used
    left = _left(wanted.run, wanted, used)
    if used < wanted.seconds:
        after = replace(wanted, seconds=wanted.seconds - used, run=left)
        if found := _of_cells(rest, after):
            ways.append(Found(value=value + found.value, used=(used, *found.used)))
    elif left == 0:
        ways.append(Found(value=value, used=(used, *[0] * len(rest))))
    return min(ways, key=lambda way: way.value, default=None)


def _begun(run: int, wanted: Wanted) -> int:
    """Return what charging in a tick costs because of a start."""
    return wanted.start * _COST + _START if run == OFF else 0


def _left(run: int, wanted: Wanted, seconds: int) -> int:
    """Return for how long a run has to go on after so many seconds more of it."""
    return max(0, (wanted.minimum if run == OFF else run) - seconds)


def _rate(tick: Tick, index: int) -> int:
    """Return the value of charging for a second in a tick."""
    return tick.price * _COST + index


def _off(layer: Layer) -> list[int]:
    """Return the values of not charging in a tick: no run was under way, or one may end."""
    return [*map(min, layer[OFF], layer[0], strict=True)] if 0 in layer else layer[OFF]


def _before(layer: Layer, tick: Tick) -> Layer:
    """Return the values before a tick: no run goes on over a gap."""
    return layer if tick.joined else {OFF: _off(layer)}


def _of_cells(ticks: Sequence[Tick], wanted: Wanted) -> Found | None:
    """Return the sequence of least cost in ticks that are whole cells."""
    unit = gcd(*(tick.seconds for tick in ticks)) or 1
    cells = ceil(wanted.seconds / unit)
    unreached = [_NEVER] * cells
    layers: list[Layer] = []
    layer: Layer = {OFF: unreached, wanted.run: [0, *unreached[1:]]}
    best, last = _NEVER >> 1, None
    for index, tick in enumerate(ticks):
        layers.append(layer)
        rate, width = _rate(tick, index + 1), tick.seconds // unit
        following = {OFF: _off(layer)}
        for run, charged in _before(layer, tick).items():
            begun = _begun(run, wanted)
            for done in range(max(0, cells - width), cells):
                used = wanted.seconds - done * unit
                value = charged[done] + begun + rate * used
                if value < best and _left(run, wanted, used) == 0:
                    best, last = value, _State(index, run, done, charged[done])
            gain, left = begun + rate * tick.seconds, _left(run, wanted, tick.seconds)
            on = ([_NEVER] * width + [value + gain for value in charged])[:cells]
            known = following.get(left)
            following[left] = [*map(min, known, on, strict=True)] if known else on
        layer = following
    if last is None:
        return None
    used_of = [0] * len(ticks)
    used_of[last.tick] = wanted.seconds - last.done * unit
    for index in _path(ticks, layers, last, wanted, unit):
        used_of[index] = ticks[index].seconds
    return Found(value=best, used=tuple(used_of))


def _path(
    ticks: Sequence[Tick],
    layers: Sequence[Layer],
    state: _State,
    wanted: Wanted,
    unit: int,
) -> Iterator[int]:
    """Return the ticks that are charged before a state, latest first.

    The sums are exact, so a state's predecessor is the one whose value leads to it.
    """
    _, run, done, value = state
    for index in reversed(range(state.tick)):
        tick = ticks[index]
        if run == OFF and layers[index + 1][OFF][done] != value:
            run = 0
        if run == OFF:
            continue
        done -= tick.seconds // unit
        gain = _rate(tick, index + 1) * tick.seconds
        run, value = next(
            (earlier, charged[done])
            for earlier, charged in _before(layers[index], tick).items()
            if _left(earlier, wanted, tick.seconds) == run
            and charged[done] + _begun(earlier, wanted) + gain == value
        )
        yield index
