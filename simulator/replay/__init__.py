"""Plays a diagnostics file to the integration: a user's report becomes a run, and a test."""

import homeassistant  # noqa: F401  Nobody may import voluptuous before it.

from .player import replay
from .recording import Recording
from .witness import Sight, Witness

__all__ = ["Recording", "Sight", "Witness", "replay"]
