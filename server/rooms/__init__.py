"""Rooms: people who speak different languages talk, and each reads and hears all in their own."""
