"""The benchmark, with numbers too small to tell anything but that it works."""

import asyncio
import json
from pathlib import Path

import pytest

from simulator.bench.report import UNITS
from simulator.home_assistant import CURRENT

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]

REPOSITORY = Path(__file__).parents[2]


async def test_the_benchmark_measures_everything(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    process = await asyncio.create_subprocess_exec(
        *(CURRENT, "-m", "simulator.bench", "--quick", "--json", figures),
        stdout=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
    )
    table, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(figures.read_text())["medians"]
    measured = {name for scenario in found.values() for name in scenario}
    assert measured == UNITS.keys()
    assert found["closed_loop_Heartbeat 2 ours"]["messages_per_second"] > 0
    # In a second, all readings may differ too little to be shown.
    assert found["each_second 2 ours"]["states_per_message"] >= 0
    assert found["each_second 2 ours"]["p50"] > 0
    assert found["first_boot 1 ours"]["keys_written"] > 0
    assert table.decode().count("| each second | 2 |") == len(
        found["each_second 2 ours"]
    )
