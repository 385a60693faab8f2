"""Which configuration keys of a charger may be shown, and which may be written."""

import pytest

from custom_components.wallbox_ocpp.wallbox.model.keys import (
    is_harmless,
    is_plain,
    may_be_written,
    normal,
    secret_in,
)
from simulator.virtual_wallbox.configuration import KEYS


def test_each_key_of_a_wallbox_is_either_harmless_or_secret() -> None:
    for item in KEYS:
        assert is_harmless(item.name) is (secret_in(item.name) is None), item.name


@pytest.mark.parametrize(
    "name",
    [
        "WebSocketUrl",
        "websocketpassword",
        "WebSocketPingInterval",
        "PUK",
        "SSID",
        "SerialNumber",
        "AuthorizationKey",
        "AuthDisabledIdTag",
        "SecurityProfile",
        "securityprofile",
        "CentralSystemURL",
        "OCPPServerHost",
        "BackendPort",
        "WifiPsk",
        "wifi_psk",
        "NetworkMode",
        "IPAddress",
        "apn",
        "InstallerPin",
        "installerpin",
        "WpaKey",
        "rfid",
        "CertificateStoreMaxLength",
        "AdditionalRootCertificateCheck",
        "ChargePointId",
        "\uff33\uff33\uff29\uff24",
    ],
)
def test_some_keys_are_never_written_nor_shown(name: str) -> None:
    assert not may_be_written(name)
    assert not is_harmless(name) or name == "WebSocketPingInterval"


@pytest.mark.parametrize(
    "name",
    ["LightIntensity", "AuthEnabled", "EcoSmartMode", "ReportInterval", "Description"],
)
def test_the_others_may_be_written(name: str) -> None:
    assert may_be_written(name)


@pytest.mark.parametrize(
    ("key", "plain"),
    [
        ("AuthEnabled", True),
        ("Vendor.Key_1-a", True),
        ("AuthEnabled\0", False),
        ("Auth\u200bEnabled", False),
        ("\uff21uthEnabled", False),
        ("Auth\u0415nabled", False),
        ("", False),
        ("...", False),
        ("x" * 50, True),
        ("x" * 51, False),
    ],
)
def test_a_key_is_plain(key: str, plain: bool) -> None:
    assert is_plain(key) is plain


def test_a_key_is_the_same_however_it_is_spelled() -> None:
    spellings = ("AuthEnabled", "authenabled", "Auth_Enabled", "\uff21uth\u200bEnabled")
    assert {normal(spelling) for spelling in spellings} == {"authenabled"}
