"""Configuration keys: which may be shown, and which are secret (docs/chargers.md §1, §2)."""

import re
from typing import Final

HARMLESS: Final = frozenset(
    {
        "AllowOfflineTxForUnknownId",
        "AuthEnabled",
        "AuthEnabledOffline",
        "AuthorizationCacheEnabled",
        "AuthorizeRemoteTxRequests",
        "BlinkRepeat",
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "ClockAlignedDataInterval",
        "ConnectionTimeOut",
        "ConnectorPhaseRotation",
        "ConnectorPhaseRotationMaxLength",
        "ConnectorSwitch3to1PhaseSupported",
        "GetConfigurationMaxKeys",
        "HeartbeatInterval",
        "LightIntensity",
        "LocalAuthListEnabled",
        "LocalAuthListMaxLength",
        "LocalAuthorizeOffline",
        "LocalPreAuthorize",
        "MaxChargingProfilesInstalled",
        "MaxEnergyOnInvalidId",
        "MeterValueSampleInterval",
        "MeterValuesAlignedData",
        "MeterValuesAlignedDataMaxLength",
        "MeterValuesSampledData",
        "MeterValuesSampledDataMaxLength",
        "MeterValuesSkipWhenOffline",
        "MinimumStatusDuration",
        "NumberOfConnectors",
        "ReserveConnectorZeroSupported",
        "ResetRetries",
        "SendLocalListMaxLength",
        "StopTransactionOnEVSideDisconnect",
        "StopTransactionOnInvalidId",
        "StopTxnAlignedData",
        "StopTxnAlignedDataMaxLength",
        "StopTxnSampledData",
        "StopTxnSampledDataMaxLength",
        "SupportedFeatureProfiles",
        "SupportedFeatureProfilesMaxLength",
        "SupportedFileTransferProtocols",
        "TransactionMessageAttempts",
        "TransactionMessageRetryInterval",
        "UnlockConnectorOnEVSideDisconnect",
        "WebSocketPingInterval",
        "WiFiSignalStrength",
        "chargingALimitConn1",
        "maxSoC",
        "minSoC",
    }
)
"""Keys whose values help and tell nothing of their owner."""

_SECRETS: Final = {
    "authorizationkey": "PASSWORD",
    "authtag": "ID_TAG",
    "cardnumber": "ID_TAG",
    "iccid": "SIM",
    "identity": "IDENTITY",
    "idtag": "ID_TAG",
    "imsi": "SIM",
    "passphrase": "PASSWORD",
    "passw": "PASSWORD",
    "puk": "PUK",
    "secret": "PASSWORD",
    "serial": "SERIAL",
    "ssid": "SSID",
    "token": "PASSWORD",
    "websocketurl": "URL",
    "websocketuser": "USER",
}
"""What the name of a key or field contains that holds a secret, and what kind of secret."""

_PERSONAL: Final = {"name": "NAME", "person": "PERSON", "who": "NAME"}
"""Fields of cards and sessions that tell who somebody is."""

_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9]")


def secret_in(name: str) -> str | None:
    """Return the kind of secret that a key or field of this name holds, if any."""
    plain = _NOT_A_LETTER.sub("", name.casefold())
    if plain in _PERSONAL:
        return _PERSONAL[plain]
    return next((kind for part, kind in _SECRETS.items() if part in plain), None)


def may_be_written(key: str) -> bool:
    """Say whether a person may change a key at all.

    Those that lead a charger to its central system would cut it off, and those that hold
    secrets are the charger's or the installer's.
    """
    return not key.casefold().startswith("websocket") and secret_in(key) is None
