"""Values that describe a charger, one file for each functional block of OCPP."""
