"""A conversation as the language model is shown it."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.engines import Message
from server.realtime.items import Item


def messages(items: Iterable[Item], system: str, asked: str | None, most_turns: int, *, tools: bool) -> list[Message]:
    """Return what the language model is shown: the system line with the conversation's own, then turns in which the roles alternate.

    Args:
        items: of the conversation; what has no transcript yet is left out.
        system: the instructions.
        asked: what is said right now and is no item yet, or one without a transcript.
        most_turns: earlier turns that are shown.
        tools: whether the model is shown calls and what they gave; else what was said of that is all.
    """
    lines, turns = [system], list[Message]()
    shown = (item for item in items if tools or item.type == "message")
    for item in shown:
        message = item.as_message()
        if message is None:
            if item.unheard and turns and turns[-1].role == "user":
                turns.pop()  # what was asked got no answer: to the one who asked, that is as if it had not been
        elif message.role == "system":
            lines.append(message.content)
        else:
            join(turns, message)
    if asked is not None:
        join(turns, Message("user", asked))
    asking = [i for i, message in enumerate(turns) if message.role == "user"]
    first = asking[-min(len(asking), most_turns + 1)] if asking else 0
    return [Message("system", "\n".join(line for line in lines if line)), *turns[first:]]


def join(turns: list[Message], message: Message) -> None:
    """Add a message; models want the roles in turn, so one of the same role goes on in the one before."""
    if turns and turns[-1].role == message.role:
        turns[-1] = Message(message.role, f"{turns[-1].content} {message.content}")
    else:
        turns.append(message)
