"""Tests of the central system, without Home Assistant and without a Wallbox."""
