"""What the language model is trained on as tokens: the vocabulary, the layout of conversations, and what each token counts."""

from __future__ import annotations

import random

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.starter.recipe.assisting import assistance
from models.starter.recipe.conversation import ASSISTANT, CALL, DEFER, END, ROLES, SYSTEM, USER, Conversation
from models.starter.recipe.corpus import pairs
from models.starter.recipe.hearing import Mishearing
from models.starter.recipe.scale import Scale
from models.starter.recipe.training import token_id

VOCAB = 8192
# Qwen2's splitting (digits one by one), which llama.cpp knows by the name "qwen2".
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

USER_WEIGHT = 0.15
"""What a token of the user counts, against 1 for one of the answer: so it learns how sentences go on and where they end."""

Encoded = tuple[list[int], list[float]]
"""The tokens of a conversation, and what each of them counts when it is predicted."""


def make_tokenizer(scale: Scale, seed: int = 0) -> Tokenizer:
    """Train the byte-level BPE vocabulary on both languages and on requests with their tool calls."""
    rng = random.Random(seed)
    texts = [text for pair in pairs("train")[: scale.pairs] for text in pair]
    turns = [turn for conversation in assistance(scale.requests, rng, Mishearing({})) for turn in conversation.turns[-2:]]
    texts += [text for turn in turns for text in (turn.user, turn.answer.removeprefix(CALL).removeprefix(DEFER))]
    tokenizer = tokenizer_of(models.BPE())
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, special_tokens=list(ROLES), initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tokenizer_of(vocabulary: models.BPE) -> Tokenizer:
    """Return the tokenizer that splits text as Qwen2's does and then merges bytes by `vocabulary`."""
    tokenizer = Tokenizer(vocabulary)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def encode(conversations: list[Conversation], tokenizer: Tokenizer) -> list[Encoded]:
    """Return the tokens of each conversation and what they count.

    The last answer counts 1: the model itself must produce it. What the user says counts `USER_WEIGHT`, and so does the mark behind it,
    which ends it, unless the user's text goes on. The rest of the layout counts nothing; nor do the earlier replies, whose calls are not shown.
    """
    texts = {
        text
        for c in conversations
        for text in (c.system, *(t for turn in c.turns for t in (turn.user, turn.answer, turn.remembered, turn.mark)))
    }
    distinct = list(texts)
    ids = dict(zip(distinct, (e.ids for e in tokenizer.encode_batch(distinct)), strict=True))
    role = {name: token_id(tokenizer, name) for name in ROLES}
    encoded = []
    for conversation in conversations:
        tokens = [role[SYSTEM], *ids[conversation.system]]
        weights = [0.0] * len(tokens)
        for turn in conversation.turns:
            last = turn is conversation.turns[-1]
            said, mark, answer = ids[turn.user], ids[turn.mark], ids[turn.answer if last else turn.remembered]
            tokens += [role[USER], *said, *mark, role[ASSISTANT], *answer, role[END]]
            weights += [0.0, *[USER_WEIGHT] * len(said), *[0.0] * len(mark), 0.0 if mark else USER_WEIGHT]
            weights += [float(last)] * (len(answer) + 1)
        encoded.append((tokens, weights))
    return encoded
