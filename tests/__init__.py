"""Tests of Wallbox OCPP."""
