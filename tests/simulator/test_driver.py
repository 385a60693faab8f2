"""The virtual Wallbox over a real loopback socket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from simulator.virtual_wallbox import FIRMWARES, Car, NetworkCut, VirtualWallbox

from .central_system import CentralSystem


@pytest.fixture
async def server() -> AsyncIterator[CentralSystem]:
    async with CentralSystem() as system:
        yield system


async def test_it_boots_with_its_identity_as_last_segment_of_the_path(
    server: CentralSystem,
) -> None:
    async with VirtualWallbox(server.url, "garage") as box:
        await box.wait_connected()
        await box.wait_until(lambda: len(server.calls) == 3)
        assert server.paths == ["/ocpp/garage"]
        assert [action for action, _ in server.calls] == [
            "BootNotification",
            "StatusNotification",
            "StatusNotification",
        ]
        assert '"chargePointVendor": "Wall Box Chargers"' in server.texts[0]
    assert server.close_codes == [1000]


async def test_it_answers_and_follows_commands(server: CentralSystem) -> None:
    async with VirtualWallbox(server.url, car=Car(max_amps=10)) as box:
        await box.wait_connected()
        answer = await server.call(
            "ChangeConfiguration", {"key": "AuthEnabled", "value": "false"}
        )
        assert answer[2] == {"status": "Accepted"}
        await box.wait_until(lambda: box.charger.current_drawn == 10)
        await box.wait_until(lambda: bool(box.sent("StartTransaction")))
        call = box.received("ChangeConfiguration")[0]
        reply = box.reply_to(call)
        assert reply is not None
        assert reply.payload == {"status": "Accepted"}


async def test_a_cut_resets_the_socket_and_restoring_reconnects_without_boot(
    server: CentralSystem,
) -> None:
    async with VirtualWallbox(server.url) as box:
        await box.wait_connected()
        box.cut_network()
        await box.wait_until(lambda: server.close_codes == [1006])
        await box.wait_until(lambda: box.charger.offline)
        box.restore_network()
        await box.wait_connected()
        assert len(box.sent("BootNotification")) == 1
        assert len(server.paths) == 2


async def test_a_black_hole_is_noticed_late_and_left_behind(
    server: CentralSystem,
) -> None:
    async with VirtualWallbox(server.url) as box:
        await box.wait_connected()
        box.cut_network(NetworkCut.BLACKHOLE)
        box.plug()
        frames = len(box.wire)
        assert box.connected
        await box.wait_until(lambda: box.charger.offline)
        assert len(box.wire) == frames
        assert server.close_codes == []
        box.restore_network()
        await box.wait_connected()
        await box.wait_until(lambda: bool(box.sent("StartTransaction")))


async def test_a_quiet_server_is_left_and_pings_hold_the_charger() -> None:
    personality = replace(FIRMWARES["6.7.38"], quiet_limit=0.3)
    async with (
        CentralSystem() as quiet,
        CentralSystem(heartbeat=0.1) as lively,
        VirtualWallbox(quiet.url, "1", personality) as leaver,
        VirtualWallbox(lively.url, "2", personality) as stayer,
    ):
        await leaver.wait_connected()
        await stayer.wait_connected()
        await leaver.wait_until(lambda: 1006 in quiet.close_codes)
        await asyncio.sleep(0.6)
        assert lively.close_codes == []
        assert stayer.connected


async def test_a_power_cycle_boots_again(server: CentralSystem) -> None:
    async with VirtualWallbox(server.url, boot_seconds=10) as box:
        await box.wait_connected()
        await box.power_cycle()
        assert not box.connected
        await box.wait_connected()
        assert len(box.sent("BootNotification")) == 2


async def test_it_knows_when_it_is_refused() -> None:
    async with (
        CentralSystem(password="right") as server,
        VirtualWallbox(server.url, password="wrong") as stranger,
        VirtualWallbox(server.url, password="right") as friend,
    ):
        await friend.wait_connected()
        assert friend.subprotocol == "ocpp1.6"
        await stranger.wait_until(lambda: stranger.handshake_status == 401)
        assert not stranger.connected


async def test_nothing_is_left_running_after_stop(server: CentralSystem) -> None:
    before = asyncio.all_tasks()
    box = VirtualWallbox(server.url)
    await box.start()
    await box.wait_connected()
    box.cut_network(NetworkCut.BLACKHOLE)
    await box.stop()
    box.plug()
    await asyncio.sleep(0.05)
    tasks = asyncio.all_tasks() - before
    assert not [task for task in tasks if "virtual_wallbox/driver" in repr(task)]
    await box.stop()


async def test_it_can_be_stopped_and_started_again(server: CentralSystem) -> None:
    box = VirtualWallbox(server.url)
    for _ in range(2):
        await box.start()
        await box.wait_connected()
        await box.stop()
        assert not box.connected
    assert len(box.sent("BootNotification")) == 1


async def test_a_fault_of_its_own_is_not_swallowed(
    server: CentralSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = VirtualWallbox(server.url)
    await box.start()
    await box.wait_connected()
    monkeypatch.setattr(box.charger, "received", None)
    with pytest.raises(TimeoutError):
        await server.call("ClearCache", {}, timeout=0.2)
    with pytest.raises(ExceptionGroup, match="failed"):
        await box.stop()


async def test_a_time_out_tells_how_things_stand() -> None:
    box = VirtualWallbox("ws://127.0.0.1:9", "100001")
    await box.start()
    with pytest.raises(TimeoutError, match=r"100001 at .* Available"):
        await box.wait_connected(timeout=0.05)
    await box.stop()


async def test_a_reset_by_the_server_leaves_nothing_behind(
    server: CentralSystem,
) -> None:
    async with VirtualWallbox(server.url) as box:
        await box.wait_connected()
        for connections in (2, 3):
            server.abort()
            await box.wait_until(lambda n=connections: len(server.paths) == n)  # type: ignore[misc]
            await box.wait_connected()
        assert len(box.sent("BootNotification")) == 1
