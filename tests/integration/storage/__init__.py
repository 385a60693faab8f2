"""What earlier versions of this integration have left in Home Assistant's storage."""
