"""The control page, and the same thing for scripts: GET /state, GET /wire, POST /<action>."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, Self

from aiohttp import web

from .car import Car
from .driver import VirtualWallbox
from .network import NetworkCut
from .state import frame_as_json, state

LOOPBACK: Final = "127.0.0.1"
_PAGE: Final = Path(__file__).with_name("control.html")
_SHUTDOWN_TIMEOUT: Final = 0.5
"""Real seconds that open requests get when it stops."""

type Query = Mapping[str, str]
type Action = Callable[[VirtualWallbox, Query], Awaitable[None] | None]

ACTIONS: Final[Mapping[str, Action]] = {
    "plug": lambda box, query: box.plug(_car(query)),
    "unplug": lambda box, _: box.unplug(),
    "full": lambda box, _: box.car_full(),
    "pause": lambda box, _: box.car_pause(),
    "resume": lambda box, _: box.car_resume(),
    "tap": lambda box, query: box.tap(query.get("id_tag", "04A1B2C3")),
    "cut": lambda box, _: box.cut_network(NetworkCut.REFUSE),
    "blackhole": lambda box, _: box.cut_network(NetworkCut.BLACKHOLE),
    "restore": lambda box, _: box.restore_network(),
    "power_off": lambda box, _: box.power_off(),
    "power_on": lambda box, _: box.power_on(),
    "power_cycle": lambda box, _: box.power_cycle(),
    "fault": lambda box, _: box.fault(),
    "clear_fault": lambda box, _: box.fault(present=False),
    "eco_smart_on": lambda box, _: box.eco_smart(),
    "eco_smart_off": lambda box, _: box.eco_smart(on=False),
}
"""What can be done to a virtual Wallbox, by the name in the URL."""


class Control:
    """Serves the page of one virtual Wallbox on loopback."""

    def __init__(self, box: VirtualWallbox, port: int) -> None:
        """Prepare to serve; port 0 takes any that is free."""
        self._box = box
        self._port = port
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/state", self._state),
                web.get("/wire", self._wire),
                web.post("/{action}", self._act),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT
        )

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://{LOOPBACK}:{self._runner.addresses[0][1]}/"

    async def __aenter__(self) -> Self:
        """Start to serve."""
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop serving."""
        await self._runner.cleanup()

    async def _page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(_PAGE)

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(state(self._box))

    async def _wire(self, _: web.Request) -> web.Response:
        return web.json_response([frame_as_json(frame) for frame in self._box.wire])

    async def _act(self, request: web.Request) -> web.Response:
        action = ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound(text=f"There are: {', '.join(ACTIONS)}\n")
        try:
            doing = action(self._box, request.query)
        except ValueError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from error
        if doing is not None:
            await doing
        return web.json_response(state(self._box))


def _car(query: Query) -> Car:
    """Read `max_amps`, `phases`, `wants_wh` and `wakes_after` of a car."""
    wants = query.get("wants_wh")
    return Car(
        max_amps=float(query.get("max_amps", "16")),
        phases=int(query.get("phases", "3")),
        wants_wh=None if wants is None else float(wants),
        wakes_after=float(query.get("wakes_after", "0")),
    )
