"""How the portal writes and reads dates, where Django does it."""
