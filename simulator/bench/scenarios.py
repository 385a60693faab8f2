"""What is measured, and how: each scenario returns figures of one round."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from .worker import Worker

type Figures = dict[str, Any]
"""Seconds, bytes and numbers, by name; `TIMES` are a list."""
type Side = Literal["floor", "ours"]

ANSWER: Final = 0.05
"""Seconds until a charger answers."""
SPARE: Final = "spare"
"""How the identities of chargers begin that are set up and have never been there."""
TIMES: Final = "times"
"""Seconds until each answer, of which there are too few in one round for a p99."""
IDLE: Final = 250
"""Messages that fill a flight recorder, each with its answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How much is measured."""

    numbers: tuple[int, ...] = (1, 5, 20)
    """Of chargers, side by side."""
    crowd: int = 100
    """Of chargers that come back at once."""
    rounds: int = 3
    closed_loop: float = 2.0
    """Seconds."""
    each_second: int = 30
    """Seconds: after as many, all measurements are shown exactly (`EXACT_WITHIN`)."""
    slots: int = 200
    """Of a plan: the most that the action takes."""
    settled: float = 2.0
    """Seconds in which what a reconnect has set off is over: two requests, half a second apart."""
    quiet: float = 4.0
    """The same for all chargers at once, after a boot."""


@asynccontextmanager
async def new_home() -> AsyncGenerator[Worker]:
    """Start a Home Assistant in a folder of its own."""
    with TemporaryDirectory() as folder:
        async with Worker.started("home", folder) as home:
            yield home


@asynccontextmanager
async def chargers_at(
    home: Worker,
    number: int,
    size: Size,
    *,
    spare: int = 0,
    paced: bool = True,
) -> AsyncGenerator[tuple[Worker, int, list[str]]]:
    """Set chargers up that are protected and charge; then they leave.

    Others are set up that do not come.
    """
    names, others = _names("c", number), _names(SPARE, spare)
    port = await home.ask("set_up", identities=names + others, paced=paced)
    async with Worker.started("chargers") as chargers:
        await chargers.ask("connect", port=port, identities=names, boot=True)
        await home.ask("protected", identities=names)
        await chargers.ask("charge")
        await asyncio.sleep(size.settled)
        await chargers.ask("leave")
        yield chargers, port, names


async def closed_loop(
    server: Worker, chargers: Worker, action: str, size: Size
) -> Figures:
    """Send each message as soon as the one before is answered."""
    before = await server.ask("used")
    result = await chargers.ask("closed_loop", action=action, seconds=size.closed_loop)
    after = await server.ask("used")
    return {
        "messages_per_second": result["messages"] / result["seconds"],
        "cpu_per_message": (after["cpu"] - before["cpu"]) / result["messages"],
        "p50": result["p50"],
        "p99": result["p99"],
    }


async def each_second(
    server: Worker, chargers: Worker, side: Side, number: int, size: Size
) -> Figures:
    """Let each charger send a MeterValues of 12 values per second.

    The longest callback is found in as many seconds more: timing them all takes time itself.
    """
    if side == "ours":
        await server.ask("note")
    before = await server.ask("used")
    result = await chargers.ask("each_second", seconds=size.each_second)
    after = await server.ask("used")
    figures = {
        "cpu_per_message": (after["cpu"] - before["cpu"]) / result["messages"],
        "p50": result["p50"],
        "p99": result["p99"],
        TIMES: result[TIMES],
    }
    if side == "ours":
        if not after["states"]:
            raise RuntimeError("nothing was recorded of chargers that charge")
        per_charger = number * size.each_second
        figures |= {
            "states_per_message": (after["states"] - before["states"]) / per_charger,
            "bytes_per_hour": (after["bytes"] - before["bytes"]) / per_charger * 3600,
        }
        before = await server.ask("used")
        async with asyncio.timeout(2 * size.each_second):
            await asyncio.gather(
                server.ask("write_again"), asyncio.sleep(size.each_second)
            )
        alone = (await server.ask("used"))["cpu"] - before["cpu"]
        figures["cpu_of_home"] = alone / result["messages"]
        await server.ask("watch")
        await chargers.ask("each_second", seconds=size.each_second)
        figures |= await server.ask("blocked")
    return figures


async def plans(size: Size) -> dict[str, Figures]:
    """Give chargers a long plan each, and let them charge by it."""
    number = max(size.numbers)
    async with (
        new_home() as home,
        chargers_at(home, number, size) as (chargers, port, names),
    ):
        await chargers.ask("connect", port=port, identities=names, boot=False)
        await home.ask("tidy")
        await asyncio.sleep(size.settled)
        await home.ask("watch")
        before = await home.ask("used")
        took = await home.ask("plan", identities=names, slots=size.slots)
        await asyncio.sleep(size.settled)
        cpu = (await home.ask("used"))["cpu"] - before["cpu"]
        given = {"seconds": took, "cpu_per_charger": cpu / number}
        given |= await home.ask("blocked")
        by_plan = await each_second(home, chargers, "ours", number, size)
    return {"plan": given, "each_second_by_plan": by_plan}


async def first_boot(
    home: Worker, chargers: Worker, port: int, number: int, size: Size
) -> Figures:
    """Let a charger boot that has never been here, until it is protected."""
    name = f"{SPARE}{number}"
    began = await chargers.ask(
        "connect", port=port, identities=[name], boot=True, delay=ANSWER
    )
    protected = await home.ask("protected", identities=[name])
    await asyncio.sleep(size.settled)
    asked = (await chargers.ask("asked"))[name]
    await chargers.ask("leave")
    calls, writes = sum(asked.values()), asked.get("ChangeConfiguration", 0)
    return {
        "seconds": protected - began["began"],
        "keys_written": writes,
        "other_calls": calls - writes,
    }


async def crowd(size: Size) -> dict[str, Figures]:
    """Let many chargers be set up, come, go, come back, and come back after a power cut."""
    figures: dict[str, Figures] = {}
    names = _names("c", size.crowd)
    async with new_home() as home, Worker.started("chargers") as chargers:

        @asynccontextmanager
        async def measured(name: str) -> AsyncGenerator[Figures]:
            await home.ask("watch")
            before, figures[name] = await home.ask("used"), {}
            yield figures[name]
            cpu = (await home.ask("used"))["cpu"] - before["cpu"]
            figures[name] |= await home.ask("blocked")
            figures[name]["cpu_per_charger"] = cpu / size.crowd

        async def come(name: str, *, boot: bool) -> None:
            async with measured(name) as result:
                arrived: dict[str, Any] = await chargers.ask(
                    "connect", port=port, identities=names, boot=boot
                )
                result["seconds"] = arrived["took"]
                await home.ask("protected", identities=names)
                await asyncio.sleep(size.quiet)

        async with measured("set_up"):
            port = await home.ask("set_up", identities=names)
        await come("all_boot", boot=True)
        await chargers.ask("leave")
        await asyncio.sleep(size.settled)
        await come("reconnect", boot=False)
        await chargers.ask("leave")
        await asyncio.sleep(size.settled)
        await come("power_cut", boot=True)
        await chargers.ask("leave")
        async with measured("reload"):
            await home.ask("reload")
    return figures


async def memory(size: Size) -> dict[str, Figures]:
    """Find what each of many chargers takes up beyond the first one, by scenario and number.

    They are added all at once, and then Home Assistant is started again.
    """
    one = await _memory(1, size)
    return {
        f"{name} {number}": {
            figure: (value - one[name][figure]) / (number - 1)
            for figure, value in figures.items()
        }
        for number in (max(size.numbers), size.crowd)
        for name, figures in (await _memory(number, size)).items()
    }


def _names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


async def _memory(number: int, size: Size) -> dict[str, Figures]:
    names = _names("c", number)

    async def measured(home: Worker, port: int) -> Figures:
        async with Worker.started("chargers") as chargers:
            await chargers.ask("connect", port=port, identities=names, boot=True)
            await home.ask("protected", identities=names)
            await asyncio.sleep(size.quiet)
            idle = await home.ask("memory")
            await chargers.ask("burst", count=IDLE)
            full = await home.ask("memory")
        return {f"idle_{kind}": value for kind, value in idle.items()} | {
            f"full_recorder_{kind}": value for kind, value in full.items()
        }

    with TemporaryDirectory() as folder:
        async with Worker.started("home", folder) as home:
            port = await home.ask("set_up", identities=names)
            added = await measured(home, port)
        async with Worker.started("home", folder) as home:
            restarted = await measured(home, await home.ask("port"))
    return {"memory_added": added, "memory_restarted": restarted}
