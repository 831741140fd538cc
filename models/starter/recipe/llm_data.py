"""Conversations for the language model: translations, requests with tool calls, small talk, and what it must defer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from assistant.tools import Toolbox
from models.starter.recipe import requests
from models.starter.recipe.corpus import Split, pairs
from models.starter.recipe.training import token_id

VOCAB = 8192
PAD, SYSTEM, USER, ASSISTANT, END, CALL, TOOL, DEFER = ROLES = (
    "<|pad|>", "<|sys|>", "<|user|>", "<|asst|>", "<|end|>", "<|call|>", "<|tool|>", "<|defer|>",
)  # fmt: skip
ASSISTANT_PROMPT = "You are Parley, a voice assistant."
TRANSLATE_PROMPTS = {"es": "Translate English to Spanish.", "en": "Translate Spanish to English."}
# Qwen2's splitting (digits one by one), which llama.cpp knows by the name "qwen2".
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


@dataclass(frozen=True)
class Turn:
    user: str
    answer: str
    remembered: str = ""
    """The answer as a later turn's prompt shows it: a tool's sentence in the place of its call."""


@dataclass(frozen=True)
class Conversation:
    system: str
    turns: tuple[Turn, ...]


def translations(split: Split) -> list[Conversation]:
    """Return every pair in both directions."""
    found = []
    for english, spanish in pairs(split):
        found.append(Conversation(TRANSLATE_PROMPTS["es"], (Turn(english, spanish),)))
        found.append(Conversation(TRANSLATE_PROMPTS["en"], (Turn(spanish, english),)))
    return found


def _assistant_turn(rng: random.Random, tools: Toolbox) -> Turn:
    kind = rng.random()
    if kind < 0.74:
        request = requests.sample(rng)
        return Turn(requests.typed(request, rng), request.answer, tools.call(request.call, dict(request.arguments)).text)
    if kind < 0.84:
        request = requests.small_talk(rng)
    elif kind < 0.95:
        request = requests.deferred(rng)
    else:
        sentence = rng.choice(pairs("train"))[0]
        return Turn(sentence, f"{DEFER}{requests.DEFERRED}", requests.DEFERRED)
    return Turn(requests.typed(request, rng), request.answer, request.answer.removeprefix(DEFER))


def assistance(count: int, rng: random.Random) -> list[Conversation]:
    """Return `count` conversations with the assistant of one to three turns, each turn on a matter of its own."""
    found = []
    for length in rng.choices([1, 2, 3], [6, 3, 1], k=count):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(60 * 24 * 365))
        tools = Toolbox(lambda now=now: now)  # type: ignore[misc]
        found.append(Conversation(ASSISTANT_PROMPT, tuple(_assistant_turn(rng, tools) for _ in range(length))))
    return found


def make_tokenizer(seed: int = 0) -> Tokenizer:
    """Train the byte-level BPE vocabulary on both languages and on requests with their tool calls."""
    rng = random.Random(seed)
    texts = [text for pair in pairs("train") for text in pair]
    turns = [turn for conversation in assistance(13_000, rng) for turn in conversation.turns]
    texts += [text for turn in turns for text in (turn.user, turn.answer.removeprefix(CALL).removeprefix(DEFER))]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, special_tokens=list(ROLES), initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(conversations: list[Conversation], tokenizer: Tokenizer) -> list[tuple[list[int], list[bool]]]:
    """Return for each conversation its tokens and which of them the model itself must produce: the last answer."""
    texts = {
        text for c in conversations for text in (c.system, *(t for turn in c.turns for t in (turn.user, turn.answer, turn.remembered)))
    }
    distinct = list(texts)
    ids = dict(zip(distinct, (e.ids for e in tokenizer.encode_batch(distinct)), strict=True))
    role = {name: token_id(tokenizer, name) for name in ROLES}
    encoded = []
    for conversation in conversations:
        tokens = [role[SYSTEM], *ids[conversation.system]]
        own = [False] * len(tokens)
        for turn in conversation.turns:
            last = turn is conversation.turns[-1]
            asked = [role[USER], *ids[turn.user], role[ASSISTANT]]
            answer = [*ids[turn.answer if last else turn.remembered], role[END]]
            tokens += asked + answer
            own += [False] * len(asked) + [last] * len(answer)
        encoded.append((tokens, own))
    return encoded
