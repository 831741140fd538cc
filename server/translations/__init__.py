"""OpenAI's translation sessions: speech goes in all the time, and comes out in another language."""
