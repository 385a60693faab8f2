"""A Home Assistant in this process, for whoever needs its objects at hand or its time in their own."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Final
from unittest.mock import patch

from homeassistant.bootstrap import async_setup_hass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.runner import RuntimeConfig

from .folder import make_folder
from .ports import free_port

_CONFIGURATION: Final = """\
homeassistant:
  name: Home
  time_zone: UTC
logger:
  default: warning
"""


@asynccontextmanager
async def home_assistant(
    folder: Path, configuration: str = _CONFIGURATION
) -> AsyncGenerator[HomeAssistant]:
    """Start one on an empty folder or on that of an earlier one, and stop it in the end.

    Args:
        folder: Where.
        configuration: What `configuration.yaml` of an empty folder says; by default there is no recorder.

    Raises:
        RuntimeError: It did not start.
    """
    if not (folder / "configuration.yaml").exists():
        make_folder(folder, free_port(), configuration)
    hass = await async_setup_hass(RuntimeConfig(config_dir=str(folder), skip_pip=True))
    if hass is None or hass.config.recovery_mode:
        raise RuntimeError("Home Assistant did not start")
    try:
        await hass.async_start()
        # Some of its own integrations ask the internet first, which takes real time.
        await hass.async_block_till_done()
        yield hass
    finally:
        await hass.async_stop(force=True)


def all_entities_enabled() -> AbstractContextManager[object]:
    """Have entities enabled that are off by default."""
    return patch.object(Entity, "entity_registry_enabled_default", new=True)
