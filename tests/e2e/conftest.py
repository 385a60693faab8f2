"""A home of one's own for each test."""

from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Final

import pytest
import pytest_socket

from simulator.home_assistant import (
    HomeAssistantApi,
    HomeAssistantProcess,
    Owner,
    Start,
    add_wallbox_ocpp,
    make_folder,
    preloaded,
)
from simulator.home_assistant.ports import free_port
from simulator.virtual_wallbox import (
    FIRMWARES,
    PLANTED_SECRETS,
    Personality,
    VirtualWallbox,
)
from tests.helpers.secrecy import given_away

_SAYS_NOTHING: Final = (
    r"has not been tested by Home Assistant| took [\d.]+ ?s| is taking over "
)
"""What Home Assistant says of every custom integration, and of a machine on which all is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A Home Assistant with the integration set up; its process can be stopped and started."""

    process: HomeAssistantProcess
    ocpp_port: int
    entry_id: str
    token: str

    def open(self) -> AbstractAsyncContextManager[HomeAssistantApi]:
        """Log in to it once it has started everything."""
        return HomeAssistantApi.connect(self.process.url, self.token)

    def wallbox(
        self,
        identity: str,
        speed: float = 60,
        personality: Personality = FIRMWARES["6.7.38"],
    ) -> VirtualWallbox:
        """Make a Wallbox with factory keys that knows its address."""
        url = f"ws://127.0.0.1:{self.ocpp_port}"
        return VirtualWallbox(url, identity, personality, speed=speed)


@pytest.fixture
def program() -> str:
    """Return the module that Home Assistant is run from."""
    return "homeassistant"


@pytest.fixture(scope="session")
def start() -> Generator[Start]:
    """Return how Home Assistant is started here: again and again, and each time as if anew."""
    with preloaded() as fork:
        yield fork


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow those that lead to this machine, and to files on it."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
async def home(tmp_path: Path, program: str, start: Start) -> AsyncGenerator[Home]:
    """Start a Home Assistant that has an owner and a central system, and no charger yet."""
    port, ocpp_port = free_port(), free_port()
    folder = tmp_path / "home"
    make_folder(folder, port)
    async with HomeAssistantProcess(
        folder, port, program=program, start=start
    ) as process:
        token = await HomeAssistantApi.create_owner(process.url, Owner())
        async with HomeAssistantApi.connect(process.url, token) as api:
            entry_id = await add_wallbox_ocpp(api, ocpp_port)
        yield Home(
            process=process,
            ocpp_port=ocpp_port,
            entry_id=entry_id,
            token=token,
        )
    for log in folder.glob("*.log*"):
        text = log.read_text(errors="replace")
        assert not given_away(text, PLANTED_SECRETS), log
        assert not [*_complaints(text)], log


def _complaints(log: str) -> Iterator[str]:
    """Yield the warnings and errors by us or about us, but for those that say nothing about us."""
    for line in log.splitlines():
        if re.search(r" (WARNING|ERROR|CRITICAL) ", line) and "wallbox_ocpp" in line:
            if not re.search(_SAYS_NOTHING, line):
                yield line
