"""The connection itself, and what is said on it without a car."""

from http import HTTPStatus

from aiohttp import ClientSession, WSServerHandshakeError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import CONF_PORT
from homeassistant.util import dt as dt_util
from tests.conftest import IDENTITY, Connect
from tests.helpers.screen import Screen


async def test_tc_001_a_charger_that_boots_is_accepted_and_given_the_time(
    connect: Connect, screen: Screen
) -> None:
    charger = await connect(boots=False)
    before = dt_util.utcnow().replace(microsecond=0)
    accepted = await charger.boot()
    assert accepted["status"] == "Accepted"
    assert accepted["interval"] > 0
    for connector in (0, 1):
        status = {
            "connectorId": connector,
            "errorCode": "NoError",
            "status": "Available",
        }
        assert await charger.ask("StatusNotification", status) == {}
    alive = await charger.ask("Heartbeat", {})
    for answer in (accepted, alive):
        told = dt_util.parse_datetime(answer["currentTime"])
        assert told
        assert before <= told <= dt_util.utcnow()
    assert screen.sensor("status") == "available"
    assert screen.sensor("firmware") == "6.7.38"


async def test_tc_064_data_that_means_nothing_to_us_is_refused_politely(
    connect: Connect,
) -> None:
    charger = await connect()
    data = {"vendorId": "com.example", "messageId": "m", "data": "d"}
    answer = await charger.ask("DataTransfer", data)
    assert answer["status"] == "UnknownVendorId"


async def test_tc_088_only_ocpp_1_6_is_agreed_upon(
    integration: MockConfigEntry,
) -> None:
    url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}/{IDENTITY}"
    async with ClientSession() as client:
        offer = ["ocpp2.0.1", "ocpp1.6"]
        async with client.ws_connect(url, protocols=offer) as socket:
            assert socket.protocol == "ocpp1.6"
        # Who offers none means the only one that there was.
        async with client.ws_connect(url) as socket:
            assert socket.protocol is None
            await socket.send_json([2, "1", "Heartbeat", {}])
            assert (await socket.receive_json())[:2] == [3, "1"]
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(url, protocols=["ocpp0.1"])
        assert refused.value.status == HTTPStatus.BAD_REQUEST
