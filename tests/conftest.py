"""Home Assistant with the integration on a real loopback port, and chargers to connect to it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
import gc
import logging
import os
from random import sample
from socket import socket
from tempfile import TemporaryDirectory
from typing import Final, Protocol, override
from unittest.mock import patch

from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from custom_components.wallbox_ocpp.const import (
    CONF_ACCESS_CONTROL,
    CONF_IDENTITY,
    CONF_OFFLINE_PROFILE,
    CONF_SHOW_ID_TAG,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from custom_components.wallbox_ocpp.csms.quotas import Quotas
from custom_components.wallbox_ocpp.csms.server import CentralSystem
from custom_components.wallbox_ocpp.csms.session import Timing
from homeassistant import runner
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import EVENT_DATA_ENTRY_FLOW_PROGRESSED
from homeassistant.helpers import device_registry as dr, frame
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, executor
from simulator.home_assistant.in_process import all_entities_enabled
from simulator.scripted_charger import Answer, ScriptedCharger, living, proof
from simulator.virtual_time import PATIENCE, VirtualTimeLoop, WallClock, until
from simulator.virtual_wallbox import FIRMWARES, Car, Personality, VirtualWallbox
from tests.helpers.actions import Act
from tests.helpers.flows import Flows
from tests.helpers.screen import Repairs, Screen, protected
from tests.helpers.secrecy import OURS, LogReader, assert_diagnostics_give_nothing_away

IDENTITY = "100001"
QUIET: Final = ("loader", "setup", "helpers.entity_registry")
"""Parts of Home Assistant of whose logs tests need no more than warnings."""
REPORTED: Final = f"Detected that custom integration '{DOMAIN}'"
_RIGHT: Final = dt_util.utcnow
_PORTS: Final = range(20_000, 30_000)
_EACH: Final = 1000
"""How many of these each of pytest's processes has for itself, so that no two of ten take the same one."""
WAITING: Final = ("tests/browser/", "tests/e2e/")
"""Where tests are that wait for other processes most of their time."""

# Each run takes other random histories: a few by day, and many by night.
settings.register_profile("by day", max_examples=30)
settings.register_profile("thorough", max_examples=1000)
settings.load_profile("by day")


@pytest.fixture
async def repairs(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    integration: MockConfigEntry,
) -> Repairs:
    """Return the repairs of the first charger."""
    assert await async_setup_component(hass, REPAIRS, {})
    return Repairs(await hass_client(), next(iter(integration.subentries)))


@pytest.fixture
async def flows(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> Flows:
    """Return a person who walks through flows."""
    # The last one, because a web server in a test takes no more views once it runs.
    for component in ("config", REPAIRS, DOMAIN):
        assert await async_setup_component(hass, component, {})
    events = await hass_ws_client()
    await events.send_json_auto_id(
        {"type": "subscribe_events", "event_type": EVENT_DATA_ENTRY_FLOW_PROGRESSED}
    )
    assert (await events.receive_json())["success"]
    return Flows(await hass_client(), events)


def in_seconds(seconds: float) -> datetime:
    """Return a time from now, to jump to."""
    return dt_util.utcnow() + timedelta(seconds=seconds)


@pytest.fixture
def screen(hass: HomeAssistant) -> Screen:
    """Return what a person sees of the first charger."""
    return Screen(hass, IDENTITY)


type StartCharger = Callable[..., Awaitable[VirtualWallbox]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, lest everybody waits for it in the end."""
    items.sort(key=_is_quick)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are collected: all that is made then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _is_quick(item: pytest.Item) -> bool:
    return not any(map(item.get_closest_marker, ("timeout", "real_time")))


class Lanes(LoadFileScheduling):
    """Gives one process after another a file, but a whole folder of what mostly waits to one of them.

    The others keep the processors busy meanwhile.
    """

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((folder for folder in WAITING if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes:
    """Distribute tests over several processes."""
    return Lanes(config, log)


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run a test in virtual time, or in real time if other processes take part in it."""
    if item.get_closest_marker("real_time"):
        return {"real": asyncio.EventLoop}
    return {"virtual": VirtualTimeLoop}


@pytest.fixture(autouse=True)
async def configure_event_loop() -> None:
    """Configure the loop the way Home Assistant does, except for its time."""
    loop = asyncio.get_running_loop()
    runner.configure_event_loop(loop)
    if isinstance(loop, VirtualTimeLoop):
        del loop.time


@pytest.fixture(scope="session", autouse=True)
def _patient_executor() -> Generator[None]:
    """Give threads time to end however busy the machine is.

    Home Assistant interrupts each that has not ended within its share of some seconds, also one that
    waits for nothing but the processor, and then that wakes no other.
    """
    with patch.object(executor, "EXECUTOR_SHUTDOWN_TIMEOUT", PATIENCE):
        yield


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Debug no loop: to look up each callback's stack takes longer than all else together.

    One in virtual time checks all the same that everything is called from its own thread.
    """


@pytest.fixture(autouse=True)
async def wall_clock() -> AsyncGenerator[WallClock]:
    """Have the wall clock follow the time of the loop, if that is virtual."""
    assert dt_util.utcnow is _RIGHT, "a test before has left another clock behind"
    loop = asyncio.get_running_loop()
    clock = WallClock(loop)
    with clock.on_the_wall() if isinstance(loop, VirtualTimeLoop) else nullcontext():
        yield clock


@pytest.fixture(scope="session", autouse=True)
def _log_reader() -> Generator[None]:
    """Read all that is logged in all tests, and fail in the end if it gave a secret away."""
    reader = LogReader()
    logging.getLogger(OURS).setLevel(logging.DEBUG)
    # Nobody reads each statement of the recorder, or what is loaded, set up and registered: names
    # of integrations and entities.
    for quiet in ("sqlalchemy.engine", *(f"homeassistant.{name}" for name in QUIET)):
        logging.getLogger(quiet).setLevel(logging.WARNING)
    root = logging.getLogger()
    # To write all on stderr, too, takes longer than to keep it for a test that fails.
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
    root.addHandler(reader)
    yield
    root.removeHandler(reader)
    assert not reader.leaks


@pytest.fixture(autouse=True)
def _well_behaved(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Fail each test in which Home Assistant reports that the integration uses what will go."""
    yield
    assert not [
        message
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.name == frame.__name__
        and (message := record.getMessage()).startswith(REPORTED)
    ]


@pytest.fixture(autouse=True)
def _enable(request: pytest.FixtureRequest, socket_enabled: None) -> None:
    """Load the integration from this repository, and let chargers connect to it.

    A test that asks for no Home Assistant gets none.
    """
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def few_entities() -> None:
    """Have no other entities enabled than those that are by default."""


@pytest.fixture(autouse=True)
def _all_entities(request: pytest.FixtureRequest) -> Generator[None]:
    """Enable all entities, also those that are off by default."""
    few = "few_entities" in request.fixturenames
    with nullcontext() if few else all_entities_enabled():
        yield


@pytest.fixture
def hass_config_dir() -> Generator[str]:
    """Give each Home Assistant a folder of its own, because actions write files."""
    # On a slow machine, a thread of Home Assistant may write its last file while the folder is removed.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield folder


@pytest.fixture
def timing() -> Timing:
    """Return the central system's patience."""
    return Timing()


@pytest.fixture
def quotas() -> Quotas:
    """Return what one peer may take up of the central system."""
    return Quotas()


@pytest.fixture
def offline_profile() -> str:
    """Return the offline profile of the charger."""
    return "charge_hq"


@pytest.fixture
def entry(
    hass: HomeAssistant, unused_tcp_port: int, offline_profile: str
) -> MockConfigEntry:
    """Return the configuration of a central system with one charger."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Wallbox OCPP",
        data={CONF_PORT: unused_tcp_port},
        subentries_data=[charger_data(IDENTITY, offline_profile)],
    )
    entry.add_to_hass(hass)
    return entry


def charger_data(
    identity: str, offline_profile: str = "charge_hq"
) -> ConfigSubentryData:
    """Return the configuration of a charger."""
    return ConfigSubentryData(
        data={
            CONF_IDENTITY: identity,
            CONF_ACCESS_CONTROL: True,
            CONF_OFFLINE_PROFILE: offline_profile,
            CONF_SHOW_ID_TAG: False,
        },
        subentry_type=SUBENTRY_CHARGER,
        title=f"Wallbox {identity}",
        unique_id=identity,
    )


@pytest.fixture
def unused_tcp_port(unused_tcp_port_factory: Callable[[], int]) -> int:
    """Return a port that nobody has."""
    return unused_tcp_port_factory()


@pytest.fixture(scope="session")
def unused_tcp_port_factory() -> Callable[[], int]:
    """Return what finds ports that nobody has."""
    return _unused_port


def _unused_port() -> int:
    """Return a port that neither the system nor `free_port` nor another of pytest's processes gives away."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = process * _EACH % len(_PORTS)
    for port in sample(_PORTS[first : first + _EACH], 100):
        with suppress(OSError), socket() as probe:
            probe.bind(("", port))
            return port
    raise OSError("no port is free")


@pytest.fixture
async def integration(
    hass: HomeAssistant, entry: MockConfigEntry, timing: Timing, quotas: Quotas
) -> AsyncGenerator[MockConfigEntry]:
    """Set up the integration, and unload it in the end."""
    with patch(
        "custom_components.wallbox_ocpp.CentralSystem",
        partial(CentralSystem, timing=timing, quotas=quotas),
    ):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield entry
        if entry.state is ConfigEntryState.LOADED:
            await assert_diagnostics_give_nothing_away(hass, entry)
            await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()


@pytest.fixture
async def start_charger(
    integration: MockConfigEntry,
) -> AsyncGenerator[StartCharger]:
    """Return a function that starts a virtual Wallbox against the integration."""
    async with AsyncExitStack() as stack:

        async def start(
            personality: Personality = FIRMWARES["6.7.38"],
            identity: str = IDENTITY,
            **options: object,
        ) -> VirtualWallbox:
            url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}"
            box = VirtualWallbox(url, identity, personality, until=until, **options)  # type: ignore[arg-type]  # options are passed on as they come
            return await stack.enter_async_context(box)

        yield start


@pytest.fixture
async def protected_charger(
    start_charger: StartCharger, screen: Screen
) -> VirtualWallbox:
    """Return a virtual Wallbox that is connected and protected, without a car."""
    box = await start_charger()
    await box.wait_until(lambda: protected(screen))
    return box


@pytest.fixture
async def charging_charger(
    protected_charger: VirtualWallbox, screen: Screen
) -> VirtualWallbox:
    """Return a virtual Wallbox that charges a car, with a limit of 16 A."""
    await screen.set("current_limit", 16)
    protected_charger.plug(Car())
    await protected_charger.wait_until(lambda: screen.sensor("status") == "charging")
    return protected_charger


@pytest.fixture
def identity() -> str:
    """Return the identity of the charger that a test is about."""
    return IDENTITY


@pytest.fixture
def device_id(
    device_registry: dr.DeviceRegistry, integration: MockConfigEntry, identity: str
) -> str:
    """Return the device of the charger."""
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, identity), integration.entry_id
    )
    assert device
    return device.id


@pytest.fixture
def act(hass: HomeAssistant, device_id: str) -> Act:
    """Return what performs actions on the charger."""
    return Act(hass, device_id)


class Connect(Protocol):
    """Connects a scripted charger."""

    async def __call__(
        self,
        *,
        identity: str = IDENTITY,
        password: str | None = None,
        boots: bool = True,
        **script: Answer,
    ) -> ScriptedCharger:
        """Connect one that boots without a car, or one that has said nothing yet."""


@pytest.fixture
async def connect(integration: MockConfigEntry) -> AsyncGenerator[Connect]:
    """Return a function that connects a scripted charger to the integration."""
    async with AsyncExitStack() as stack:

        async def connect(
            *,
            identity: str = IDENTITY,
            password: str | None = None,
            boots: bool = True,
            **script: Answer,
        ) -> ScriptedCharger:
            url = f"ws://127.0.0.1:{integration.data[CONF_PORT]}/{identity}"
            headers = {} if password is None else proof(identity, password)
            charger = await stack.enter_async_context(living(url, script, headers))
            if boots:
                await charger.boot()
                await charger.status("Available")
            return charger

        yield connect
