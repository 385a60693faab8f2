"""Loads Home Assistant, and forks itself for each one that is to run: most of a start is loading.

Usage: .venv-current/bin/python -m simulator.home_assistant.preloaded SOCKET
It prints a line once it listens on the Unix socket. Whoever connects writes one line, the arguments of `_run`
in JSON, and reads two: the id of the process that runs Home Assistant and, once that has ended, its exit code.
"""

from importlib import import_module
import json
import multiprocessing
import os
from pathlib import Path
import runpy
from socketserver import ForkingUnixStreamServer, StreamRequestHandler
import sys
from typing import Final, override

from homeassistant.const import Platform

from .folder import integrations

_PARENT: Final = os.getppid()
_LOADED: Final = (
    "homeassistant.__main__",
    "custom_components.wallbox_ocpp.charger.charger",
    "custom_components.wallbox_ocpp.config_flow",
    *(f"homeassistant.components.{domain}" for domain in (*Platform, *integrations())),
)
"""What takes long to load. All else is loaded by each Home Assistant for itself."""


class _Server(ForkingUnixStreamServer):
    block_on_close = False

    @override
    def service_actions(self) -> None:
        """End when whoever started this has ended."""
        super().service_actions()
        if os.getppid() != _PARENT:
            sys.exit()


class _Request(StreamRequestHandler):
    @override
    def handle(self) -> None:
        """Run a Home Assistant to its end."""
        arguments = json.loads(self.rfile.readline())
        process = multiprocessing.get_context("fork").Process(
            target=_run, kwargs=arguments
        )
        process.start()
        self._tell(process.pid)
        process.join()
        self._tell(process.exitcode)

    def _tell(self, number: int | None) -> None:
        self.wfile.write(f"{number}\n".encode())


def _run(
    program: str, arguments: list[str], environment: dict[str, str], output: str
) -> None:
    """Be a program, in this process, as if it had been started anew.

    Args:
        program: The Python module.
        arguments: Of its command line.
        environment: More variables of the environment.
        output: The file that gets what it prints.
    """
    os.setsid()
    with Path(output).open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ.update(environment)
    sys.argv = [program, *arguments]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for module in _LOADED:
        import_module(module)
    with _Server(sys.argv[1], _Request) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()
