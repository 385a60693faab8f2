"""All chargers of a scenario, in one process."""

import asyncio
from time import monotonic, perf_counter, process_time
from typing import Any

from .charger import RawCharger
from .worker import serve


class Chargers:
    """What can be asked of them; times are in seconds."""

    def __init__(self) -> None:
        """Begin without any."""
        self._all: dict[str, RawCharger] = {}
        self._there: list[RawCharger] = []

    async def connect(
        self, port: int, identities: list[str], *, boot: bool, delay: float = 0.0
    ) -> dict[str, float]:
        """Connect chargers all at once, those that were there before included."""
        began = monotonic()
        self._there = [
            self._all.setdefault(identity, RawCharger(identity, delay))
            for identity in identities
        ]
        async with asyncio.TaskGroup() as group:
            for number, charger in enumerate(self._there, start=1):
                group.create_task(_arrive(charger, port, f"127.0.1.{number}", boot))
        return {"began": began, "took": monotonic() - began}

    async def charge(self) -> None:
        """Let a car charge at each."""
        async with asyncio.TaskGroup() as group:
            for charger in self._there:
                group.create_task(charger.charge())

    async def asked(self) -> dict[str, Any]:
        """Return how often each was asked what."""
        return {name: dict(charger.asked) for name, charger in self._all.items()}

    async def leave(self) -> None:
        """Let all be gone."""
        for charger in self._there:
            charger.leave()
        self._there = []

    async def closed_loop(self, action: str, seconds: float) -> dict[str, Any]:
        """Send a message as soon as the one before is answered."""
        took: list[float] = []
        began, cpu = perf_counter(), process_time()
        end = began + seconds

        def go_on(charger: RawCharger) -> None:
            sent = perf_counter()
            if sent >= end:
                return

            def answered(_: bytes) -> None:
                took.append(perf_counter() - sent)
                go_on(charger)

            charger.send(action, _payload(charger, action), answered)

        for charger in self._there:
            go_on(charger)
        await asyncio.sleep(seconds)
        passed = perf_counter() - began
        await asyncio.sleep(0.2)
        return _result(took) | {"seconds": passed, "client": process_time() - cpu}

    async def each_second(self, seconds: int) -> dict[str, Any]:
        """Send a MeterValues per charger and second, evenly spread."""
        took: list[float] = []
        loop = asyncio.get_running_loop()

        def say(charger: RawCharger) -> None:
            sent = perf_counter()
            charger.send(
                "MeterValues",
                charger.meter_values(),
                lambda _: took.append(perf_counter() - sent),
            )

        now = loop.time()
        for number, charger in enumerate(self._there):
            for second in range(seconds):
                at = now + second + number / len(self._there)
                loop.call_at(at, say, charger)
        await asyncio.sleep(seconds)
        return _result(took) | {"seconds": seconds, "times": took}

    async def burst(self, count: int) -> None:
        """Send so many MeterValues per charger, one after the other."""

        async def send(charger: RawCharger) -> None:
            for _ in range(count):
                done = asyncio.get_running_loop().create_future()
                charger.send("MeterValues", charger.meter_values(), done.set_result)
                await done

        async with asyncio.TaskGroup() as group:
            for charger in self._there:
                group.create_task(send(charger))


async def _arrive(charger: RawCharger, port: int, address: str, boot: bool) -> None:
    await charger.connect(port, address)
    if boot:
        await charger.boot()
    else:
        await charger.tell(charger.status)


def _payload(charger: RawCharger, action: str) -> bytes:
    return charger.meter_values() if action == "MeterValues" else b"{}"


def _result(took: list[float]) -> dict[str, Any]:
    ordered = sorted(took)
    return {
        "messages": len(ordered),
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[len(ordered) * 99 // 100],
    }


async def main() -> None:
    """Run until the parent has gone."""
    chargers = Chargers()
    await serve(
        {
            "connect": chargers.connect,
            "charge": chargers.charge,
            "asked": chargers.asked,
            "leave": chargers.leave,
            "closed_loop": chargers.closed_loop,
            "each_second": chargers.each_second,
            "burst": chargers.burst,
        }
    )


if __name__ == "__main__":
    asyncio.run(main())
