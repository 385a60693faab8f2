"""Configuration keys: which may be shown, are secret or may be written (docs/chargers.md §1, §2)."""

import re
from typing import Final
import unicodedata

MOST_CHARACTERS: Final = 50
"""Of the name of a key (OCPP 1.6 §7.29)."""
MOST_OF_A_VALUE: Final = 500
"""Characters of the value of a key (OCPP 1.6 §6.9)."""

_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9]")


def normal(name: str) -> str:
    """Return the name of a key or field in a form that is the same for all its spellings."""
    return _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", name).casefold())


def normal_forms(names: str) -> frozenset[str]:
    """Return the normal forms of the names in a list with spaces."""
    return frozenset(map(normal, names.split()))


_HARMLESS: Final = normal_forms(
    """
    AllowOfflineTxForUnknownId AuthEnabled AuthEnabledOffline AuthorizationCacheEnabled
    AuthorizeRemoteTxRequests BlinkRepeat ChargeProfileMaxStackLevel
    ChargingScheduleAllowedChargingRateUnit ChargingScheduleMaxPeriods ClockAlignedDataInterval
    ConnectionTimeOut ConnectorPhaseRotation ConnectorPhaseRotationMaxLength
    ConnectorSwitch3to1PhaseSupported GetConfigurationMaxKeys HeartbeatInterval LightIntensity
    LocalAuthListEnabled LocalAuthListMaxLength LocalAuthorizeOffline LocalPreAuthorize
    MaxChargingProfilesInstalled MaxEnergyOnInvalidId MeterValueSampleInterval
    MeterValuesAlignedData MeterValuesAlignedDataMaxLength MeterValuesSampledData
    MeterValuesSampledDataMaxLength MeterValuesSkipWhenOffline MinimumStatusDuration
    NumberOfConnectors ReserveConnectorZeroSupported ResetRetries SendLocalListMaxLength
    StopTransactionOnEVSideDisconnect StopTransactionOnInvalidId StopTxnAlignedData
    StopTxnAlignedDataMaxLength StopTxnSampledData StopTxnSampledDataMaxLength
    SupportedFeatureProfiles SupportedFeatureProfilesMaxLength SupportedFileTransferProtocols
    TransactionMessageAttempts TransactionMessageRetryInterval UnlockConnectorOnEVSideDisconnect
    WebSocketPingInterval WiFiSignalStrength chargingALimitConn1 maxSoC minSoC
    """
)
"""Keys whose values are useful in diagnostics and not personal."""

_SECRETS: Final = {
    "authorizationkey": "PASSWORD",
    "authtag": "ID_TAG",
    "cardnumber": "ID_TAG",
    "credential": "PASSWORD",
    "email": "EMAIL",
    "iccid": "SIM",
    "identity": "IDENTITY",
    "idtag": "ID_TAG",
    "imsi": "SIM",
    "passphrase": "PASSWORD",
    "passw": "PASSWORD",
    "psk": "PASSWORD",
    "puk": "PUK",
    "rfid": "ID_TAG",
    "secret": "PASSWORD",
    "serial": "SERIAL",
    "ssid": "SSID",
    "token": "PASSWORD",
    "websocketurl": "URL",
    "websocketuser": "USER",
    "wpakey": "PASSWORD",
}
"""Parts of the name of a key or field that holds a secret, and the kind of secret."""

_SECRET_WORDS: Final = {
    "ip": "ADDRESS",
    "mac": "MAC",
    "pin": "PIN",
    "user": "USER",
    "wifi": "SSID",
}
"""The same for whole words only: they are also parts of other words, as in *Ping*."""

_PERSONAL: Final = {"name": "NAME", "person": "PERSON", "who": "NAME"}
"""Fields of cards and sessions with personal data."""

_DECISIVE: Final = normal_forms(
    """
    access address admin apn auth backend cellular central cert chargeboxid chargepointid contract
    cponame csms dhcp dns domain endpoint ethernet firewall ftp gateway host http installer ipv4
    ipv6 login modem mqtt netmask network ocpp proxy secure security server ssh ssl subnet tls url
    vpn websocket wifi wlan wpa
    """
)
"""Parts of the name of a key that decides where a charger connects, or who may reach it."""

_DECISIVE_WORDS: Final = frozenset({"ca", "id", "key", "lan", "port", "sim", "uri"})
"""The same for whole words only: they are also parts of other words, as in *Report*."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half of a character: a template makes two of them of one that is written with its code."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_plain(key: str) -> bool:
    """Return whether a key consists of visible characters that can be typed."""
    return (
        key.isascii()
        and key.isprintable()
        and normal(key) != ""
        and len(key) <= MOST_CHARACTERS
    )


def is_sendable(value: str) -> bool:
    """Return whether OCPP can carry a value: it is not too long, and has no half of a surrogate pair."""
    return len(value) <= MOST_OF_A_VALUE and not _SURROGATE.search(value)


def is_harmless(key: str) -> bool:
    """Return whether the value of a key may be shown."""
    return is_plain(key) and normal(key) in _HARMLESS


def secret_in(name: str) -> str | None:
    """Return the kind of secret that a key or field of this name holds, if any."""
    plain = normal(name)
    if plain in _PERSONAL:
        return _PERSONAL[plain]
    if kind := next((kind for part, kind in _SECRETS.items() if part in plain), None):
        return kind
    words = _words(name)
    return next((kind for word, kind in _SECRET_WORDS.items() if word in words), None)


def may_be_written(key: str) -> bool:
    """Return whether a person may change a key at all.

    Keys of the connection could cut a charger off; secrets, and keys that decide who may reach
    it, are the installer's. An unknown key is judged by its name.
    """
    plain = normal(key)
    if plain.startswith("websocket"):
        return False
    return plain in _HARMLESS or not (
        secret_in(key)
        or any(part in plain for part in _DECISIVE)
        or _words(key) & _DECISIVE_WORDS
    )


def _words(name: str) -> set[str]:
    """Return the words of a name like ``InstallerPin``, ``installer_pin`` or ``WPAKey``."""
    return {word.casefold() for word in _WORD.findall(name)}
