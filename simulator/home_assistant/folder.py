"""The configuration folder of a Home Assistant that has everything but its owner."""

import json
from pathlib import Path
import re
from typing import Final

_REPOSITORY: Final = Path(__file__).parents[2]

CONFIGURATION: Final = """\
homeassistant:
  name: Home
  country: ES
  currency: EUR
  latitude: 41.36
  longitude: 2.15
  elevation: 20
  time_zone: Europe/Madrid
  unit_system: metric
  internal_url: http://127.0.0.1:{port}
  auth_providers:
    # Whoever sits at this machine need not log in; the first one is what the frontend tries.
    - type: trusted_networks
      trusted_networks: 127.0.0.1
      allow_bypass_login: true
    - type: homeassistant

automation: !include automations.yaml
config:
energy:
frontend:
history:
logbook:
logger:
  default: warning
  logs:
    custom_components.wallbox_ocpp: info
my:
recorder:
  commit_interval: 1
sun:
system_health:
"""

_ONBOARDING: Final = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    # Asked for over HTTP, these steps would set up integrations that want the internet.
    "data": {"done": ["core_config", "analytics", "integration"]},
}


def integrations() -> list[str]:
    """Return the integrations that the configuration names."""
    return [
        domain
        for domain in re.findall(r"^(\w+):", CONFIGURATION, re.MULTILINE)
        if domain != "homeassistant"
    ]


def make_folder(folder: Path, port: int, configuration: str = CONFIGURATION) -> None:
    """Make a configuration folder with this repository's integration in it.

    Args:
        folder: Where; it may exist and must be empty.
        port: Of the web server, which only this machine can reach.
        configuration: What `configuration.yaml` says.
    """
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(configuration.format(port=port))
    (folder / "automations.yaml").write_text("[]\n")
    (folder / "custom_components").symlink_to(_REPOSITORY / "custom_components")
    (storage / "onboarding").write_text(json.dumps(_ONBOARDING))
    (storage / "http").write_text(json.dumps(_http(port)))


def _http(port: int) -> dict[str, object]:
    # In YAML this would be taken as a trial that reverts itself.
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    return {
        "version": 2,
        "minor_version": 2,
        "key": "http",
        "data": {"stable": stable, "pending": None, "yaml_migration_done": True},
    }
