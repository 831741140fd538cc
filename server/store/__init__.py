"""Conversations on disk: what was said and heard, and how long it took; kept as long as the settings say."""
