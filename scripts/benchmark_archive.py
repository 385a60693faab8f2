"""Measures the archive of sessions: how long it takes to load, and how much room it takes.

Usage: .venv-current/bin/python -m scripts.benchmark_archive
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.storage.archive import SessionArchive
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    Charge,
    ChargingSession,
)
from simulator.home_assistant.in_process import home_assistant

SESSIONS: Final = 10_000
"""Seven years of four a day."""
ROUNDS: Final = 7
FIRST: Final = datetime(2026, 1, 1, 18, 7, 12, tzinfo=UTC)

MOST_MILLISECONDS: Final = 100
MOST_BYTES: Final = 1_500_000
"""Of the file of a year, which is written anew for each session that is added."""


def session(number: int) -> ChargingSession:
    """Return a session of two charges, with nothing left out."""
    began = FIRST + number * timedelta(hours=6)
    paused, went_on, ended = (began + timedelta(hours=hours) for hours in (1, 3, 5))
    register = 532_218.4 + number * 12_345.6
    return ChargingSession(
        transaction_id=number + 1,
        id_tag="NoAuthorization",
        plugged_in=began - timedelta(seconds=2),
        started=began,
        meter_start=register,
        ended=ended,
        unplugged=ended,
        meter_last=register + 12_000.5,
        charges=(Charge(began, paused, 7000.2), Charge(went_on, ended, 5000.3)),
        peak_power=7234.5,
        cost=3.4567,
        reason="EVDisconnected",
        end_announced=True,
    )


async def main() -> None:
    """Write an archive, and load it anew some times."""
    with TemporaryDirectory() as folder:
        async with home_assistant(Path(folder)) as hass:
            sessions = [session(number) for number in range(SESSIONS)]
            archive = SessionArchive(hass, "benchmark")
            await archive.async_add(sessions)
            files = [*(Path(folder) / ".storage").glob(f"{DOMAIN}.*")]
            sizes = [file.stat().st_size for file in files]
            begin = FIRST + (SESSIONS - 1) * timedelta(hours=6)
            loads: list[float] = []
            months: list[float] = []
            alls: list[float] = []
            adds: list[float] = []
            for number in range(ROUNDS):
                archive = SessionArchive(hass, "benchmark")
                for times, since in (
                    (loads, begin),
                    (months, begin - timedelta(days=30)),
                    (alls, FIRST),
                ):
                    start = perf_counter()
                    await archive.async_between((), since, begin + timedelta(hours=1))
                    times.append((perf_counter() - start) * 1000)
                start = perf_counter()
                await archive.async_add([session(SESSIONS + number)])
                adds.append((perf_counter() - start) * 1000)
    print(f"{SESSIONS} sessions: {sum(sizes) / 1e6:.2f} MB in {len(sizes)} files")
    print(f"a year: {max(sizes) / 1e6:.2f} MB, at most {MOST_BYTES / 1e6:.1f}")
    print(f"to load a day: {median(loads):.0f} ms, at most {MOST_MILLISECONDS}")
    print(f"a month: {median(months):.0f} ms; all: {median(alls):.0f} ms")
    print(f"to add one: {median(adds):.0f} ms, mostly outside of the event loop")


if __name__ == "__main__":
    asyncio.run(main())
