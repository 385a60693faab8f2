"""Measures how fast and how light the integration is, beside a bare WebSocket server."""

from argparse import ArgumentParser
import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
import json
from pathlib import Path
import sys
from time import monotonic
from typing import Final

from . import scenarios
from .report import FLOOR, OURS, Rounds, medians, table
from .scenarios import Figures, Side, Size, chargers_at
from .worker import Worker

QUICK: Final = Size(
    numbers=(2,),
    crowd=3,
    rounds=1,
    closed_loop=0.2,
    each_second=1,
    slots=5,
    settled=0.1,
    quiet=0.1,
)
ACTIONS: Final = ("Heartbeat", "MeterValues")

type Measured = defaultdict[str, list[Figures]]
type Scenario = Callable[
    [Worker, Worker, Side, int, Size], Awaitable[dict[str, Figures]]
]


async def _closed_loops(
    server: Worker, chargers: Worker, side: Side, number: int, size: Size
) -> dict[str, Figures]:
    return {
        f"closed_loop_{action}": await scenarios.closed_loop(
            server, chargers, action, size
        )
        for action in ACTIONS
    }


async def _each_second(
    server: Worker, chargers: Worker, side: Side, number: int, size: Size
) -> dict[str, Figures]:
    figures = await scenarios.each_second(server, chargers, side, number, size)
    return {"each_second": figures}


async def side_by_side(
    size: Size, scenario: Scenario, measured: Measured, *, paced: bool
) -> None:
    """Measure ours and the floor in turns, so that both find the machine as it happens to be.

    Each number of chargers has its own home: what others leave behind takes time, too.
    """
    spare = size.rounds if paced else 0
    async with AsyncExitStack() as stack:
        floor = await stack.enter_async_context(Worker.started("floor"))
        floor_port = await floor.ask("set_up")
        homes: list[tuple[Worker, Worker, int, list[str]]] = []
        for number in size.numbers:
            home = await stack.enter_async_context(scenarios.new_home())
            others = 0 if homes else spare
            there = chargers_at(home, number, size, spare=others, paced=paced)
            homes.append((home, *await stack.enter_async_context(there)))
        for round_number in range(size.rounds):
            for home, chargers, port, names in homes:
                servers: list[tuple[Side, Worker, int]] = [
                    (FLOOR, floor, floor_port),
                    (OURS, home, port),
                ]
                for side, server, at in servers[:: -1 if round_number % 2 else 1]:
                    await chargers.ask("connect", port=at, identities=names, boot=False)
                    await home.ask("tidy")
                    await asyncio.sleep(size.settled)
                    number = len(names)
                    found = await scenario(server, chargers, side, number, size)
                    for name, figures in found.items():
                        measured[f"{name} {number} {side}"].append(figures)
                    await chargers.ask("leave")
        home, chargers, port, _ = homes[0]
        for number in range(spare):
            measured[f"first_boot 1 {OURS}"].append(
                await scenarios.first_boot(home, chargers, port, number, size)
            )


async def measure(size: Size, only: str) -> Rounds:
    """Measure everything, or one part."""
    measured: Measured = defaultdict(list)
    if only in ("", "closed_loop"):
        await side_by_side(size, _closed_loops, measured, paced=False)
    if only in ("", "each_second"):
        await side_by_side(size, _each_second, measured, paced=True)
    if only in ("", "plan"):
        for _ in range(size.rounds):
            for name, figures in (await scenarios.plans(size)).items():
                measured[f"{name} {max(size.numbers)} {OURS}"].append(figures)
    if only in ("", "crowd"):
        for _ in range(size.rounds):
            for name, figures in (await scenarios.crowd(size)).items():
                measured[f"{name} {size.crowd} {OURS}"].append(figures)
    if only in ("", "memory"):
        for _ in range(size.rounds):
            for name, figures in (await scenarios.memory(size)).items():
                measured[f"{name} {OURS}"].append(figures)
    return measured


def main() -> None:
    """Measure, and tell."""
    parser = ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to a file")
    parser.add_argument(
        "--only", default="", help="closed_loop, each_second, plan, crowd or memory"
    )
    parser.add_argument("--rounds", type=int, default=Size().rounds)
    parser.add_argument(
        "--quick", action="store_true", help="whether it works, not how fast"
    )
    options = parser.parse_args()
    began = monotonic()
    size = QUICK if options.quick else Size(rounds=options.rounds)
    rounds = asyncio.run(measure(size, options.only))
    if options.json:
        found = {"medians": medians(rounds), "rounds": rounds}
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    for line in table(rounds):
        print(line)
    print(f"\nMeasured in {monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
