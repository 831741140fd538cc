"""The Wyoming protocol: Home Assistant's speech recognition, speech and conversation."""
