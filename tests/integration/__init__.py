"""Tests of the integration within Home Assistant."""
