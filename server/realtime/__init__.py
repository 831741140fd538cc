"""OpenAI's Realtime protocol (GA) over one session: what clients send in, what they are told out."""
