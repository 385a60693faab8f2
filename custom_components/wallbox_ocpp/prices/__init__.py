"""Forecasts of prices from other integrations of Home Assistant, whatever their shape."""
