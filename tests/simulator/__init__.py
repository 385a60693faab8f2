"""Tests of the virtual Wallbox itself."""
