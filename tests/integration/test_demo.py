"""The Wallbox of the demo looks as one at home does: it accuses itself of nothing."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import CONF_PORT
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from simulator.demo.stage import AGE, live
from simulator.virtual_time import until
from simulator.virtual_wallbox import FIRMWARES, Car, VirtualWallbox
from tests.conftest import IDENTITY
from tests.helpers.screen import Screen, issue_keys, protected


async def test_the_demo_shows_a_home(
    integration: MockConfigEntry, issue_registry: ir.IssueRegistry, screen: Screen
) -> None:
    url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}"
    box = VirtualWallbox(url, IDENTITY, FIRMWARES["6.7.38"], age=AGE, until=until)
    live(box)
    async with box:
        await box.wait_until(lambda: protected(screen))
        await box.wait_until(
            lambda: screen.entity("event", "session").state != "unknown"
        )
        await box.sleep(60)
        ended = dt_util.parse_datetime(screen.sensor("last_session_ended"))
        assert ended
        assert ended < dt_util.utcnow()
        assert float(screen.sensor("last_session_energy")) > 10
        began = dt_util.utcnow()
        box.plug(Car(max_amps=16))
        await box.wait_until(lambda: screen.sensor("status") == "charging")
        await box.sleep(180)
        assert screen.entity("calendar", "sessions").state == "on"
        assert float(screen.sensor("session_duration")) >= 2
        assert float(screen.sensor("session_energy")) > 0.3
        told = screen.entity("event", "session").attributes["started"]
        started = dt_util.parse_datetime(told)
        assert started
        assert abs((started - began).total_seconds()) < 60
        assert not issue_keys(issue_registry)
