"""The language model as one GGUF file in Q8_0 or Q4_0, with its tokenizer and chat layout: written for llama.cpp, and read to train it on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch
from gguf import GGML_QUANT_VERSION, GGMLQuantizationType, GGUFReader, GGUFWriter, LlamaFileType, TokenType, quants
from tokenizers import Tokenizer, models
from torch import Tensor

from models.starter.recipe.assisting import MOST_EARLIER
from models.starter.recipe.conversation import ASSISTANT, END, PAD, ROLES, SYSTEM, TOOL, USER
from models.starter.recipe.llm_data import tokenizer_of
from models.starter.recipe.llm_model import Llm, LlmShape

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    f"{{% if message.role == 'assistant' %}}{ASSISTANT}{{{{ message.content }}}}{END}"
    f"{{% elif message.role == 'system' %}}{SYSTEM}{{{{ message.content }}}}"
    f"{{% elif message.role == 'tool' %}}{TOOL}{{{{ message.content }}}}"
    f"{{% else %}}{USER}{{{{ message.content }}}}{{% endif %}}"
    "{% endfor %}"
    f"{{% if add_generation_prompt %}}{ASSISTANT}{{% endif %}}"
)
"""The layout of `llm_data.encode`, in Jinja."""

MEMORY_TURNS = MOST_EARLIER
"""Earlier turns the app shows it: as many as it has learned to tell from what is asked now."""

Quantization: TypeAlias = Literal["q8_0", "q4_0"]

_EMBEDDING = "token_embd.weight"

_LAYER_NAMES = {
    "attn_norm": "attn_norm", "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output",
    "ffn_norm": "ffn_norm", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}  # fmt: skip


def export(folder: Path, out: Path, quantization: Quantization = "q8_0") -> None:
    """Write the checkpoint and the tokenizer of `folder` to the file `out`, whole or not at all.

    Raises:
        FileNotFoundError: nothing was trained in `folder` yet.
    """
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = Llm(LlmShape(tokenizer.get_vocab_size()))
    model.load_state_dict(torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)["model"])
    write(model, tokenizer, out, quantization)


def write(model: Llm, tokenizer: Tokenizer, out: Path, quantization: Quantization = "q8_0") -> None:
    """Write a model of any shape to the file `out`; its widths must be multiples of 32, the block of both quantizations."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".part")
    writer = GGUFWriter(partial, "llama")
    _describe(writer, model.shape, quantization)
    _add_tokenizer(writer, tokenizer)
    for name, tensor in model.state_dict().items():
        _add_tensor(writer, gguf_name(name), tensor, quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(out)


def read(path: Path) -> tuple[Llm, Tokenizer]:
    """Return the model and the tokenizer that `write` wrote to `path`, its matrices rounded as there."""
    reader = GGUFReader(path)

    def value(key: str) -> Any:
        return reader.fields[key].contents()

    shape = LlmShape(
        vocab=value("llama.vocab_size"),
        width=value("llama.embedding_length"),
        layers=value("llama.block_count"),
        heads=value("llama.attention.head_count"),
        kv_heads=value("llama.attention.head_count_kv"),
        hidden=value("llama.feed_forward_length"),
        context=value("llama.context_length"),
    )
    model = Llm(shape)
    tensors = {tensor.name: torch.tensor(quants.dequantize(tensor.data, tensor.tensor_type)) for tensor in reader.tensors}
    model.load_state_dict({name: tensors[gguf_name(name)] for name in model.state_dict()})
    merges = [(left, right) for left, right in (merge.split(" ") for merge in value("tokenizer.ggml.merges"))]
    tokenizer = tokenizer_of(models.BPE({token: i for i, token in enumerate(value("tokenizer.ggml.tokens"))}, merges))
    tokenizer.add_special_tokens(list(ROLES))
    return model, tokenizer


def _describe(writer: GGUFWriter, shape: LlmShape, quantization: Quantization) -> None:
    writer.add_name("Parley starter")
    writer.add_languages(["en", "es"])
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0 if quantization == "q8_0" else LlamaFileType.MOSTLY_Q4_0)
    writer.add_quantization_version(GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_vocab_size(shape.vocab)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_uint32("parley.memory_turns", MEMORY_TURNS)  # ours: `models/llama.py` reads it


def _add_tokenizer(writer: GGUFWriter, tokenizer: Tokenizer) -> None:
    tokens = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")  # `llm_data.SPLIT`
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in ROLES else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(tokenizer.token_to_id(END))
    writer.add_pad_token_id(tokenizer.token_to_id(PAD))
    writer.add_bos_token_id(tokenizer.token_to_id(PAD))  # never added, but without one llama.cpp takes token 11, a letter
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def gguf_name(name: str) -> str:
    """Return GGUF's name of a tensor; there is no output matrix, so llama.cpp takes the embedding for it too."""
    match name.split("."):
        case ["embed", "weight"]:
            return _EMBEDDING
        case ["norm", "weight"]:
            return "output_norm.weight"
        case ["layers", number, part, "weight"]:
            return f"blk.{number}.{_LAYER_NAMES[part]}.weight"
    raise ValueError(f"{name!r} is no tensor of the language model.")


def _add_tensor(writer: GGUFWriter, name: str, tensor: Tensor, quantization: Quantization) -> None:
    array = tensor.float().numpy()
    if array.ndim == 1:  # norms stay in F32
        writer.add_tensor(name, array)
        return
    # The embedding is the output, too, and suffers most from coarse numbers.
    coarse = quantization == "q4_0" and name != _EMBEDDING
    kind = GGMLQuantizationType.Q4_0 if coarse else GGMLQuantizationType.Q8_0
    writer.add_tensor(name, quants.quantize(array, kind), raw_dtype=kind)
