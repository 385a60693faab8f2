"""Ports for servers of tests and programs."""

from random import SystemRandom
import socket
from typing import Final

_PORTS: Final = range(30_000, 32_000)
"""Below those that a system gives to outgoing connections, which might take one meanwhile, and beside
those that tests take for a Home Assistant in their own process."""


def free_port() -> int:
    """Return a port that nobody has."""
    while True:
        port = SystemRandom().choice(_PORTS)
        try:
            with socket.create_server(("", port)):
                return port
        except OSError:
            continue
