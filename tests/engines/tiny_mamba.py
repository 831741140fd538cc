"""A tiny Mamba model with random weights: its state is recurrent, so llama.cpp cannot take back a part of it."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, INNER, STATE, KERNEL, RANK, LAYERS = 32, 64, 8, 4, 4, 2
TEMPLATE = "{% for m in messages %}<s>{{ m.content }}</s>{% endfor %}<s>"


def write_tiny_mamba(path: Path) -> None:
    """Write a GGUF file of the architecture, with the 256 bytes and two marks as its vocabulary."""
    rng = np.random.default_rng(0)
    alphabet = _byte_letters()
    writer = gguf.GGUFWriter(path, "mamba")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(LAYERS)
    writer.add_ssm_conv_kernel(KERNEL)
    writer.add_ssm_inner_size(INNER)
    writer.add_ssm_state_size(STATE)
    writer.add_ssm_time_step_rank(RANK)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([*alphabet, "<s>", "</s>"])
    writer.add_token_types([gguf.TokenType.NORMAL] * 256 + [gguf.TokenType.CONTROL] * 2)
    writer.add_token_merges([f"{alphabet[0]} {alphabet[1]}"])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(257)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)

    def random(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.3).astype(np.float32)

    writer.add_tensor("token_embd.weight", random(258, WIDTH))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        writer.add_tensor(block + "attn_norm.weight", np.ones(WIDTH, np.float32))
        writer.add_tensor(block + "ssm_in.weight", random(2 * INNER, WIDTH))
        writer.add_tensor(block + "ssm_conv1d.weight", random(INNER, KERNEL))
        writer.add_tensor(block + "ssm_conv1d.bias", random(INNER))
        writer.add_tensor(block + "ssm_x.weight", random(RANK + 2 * STATE, INNER))
        writer.add_tensor(block + "ssm_dt.weight", random(INNER, RANK))
        writer.add_tensor(block + "ssm_dt.bias", random(INNER))
        writer.add_tensor(block + "ssm_a", -np.abs(random(INNER, STATE)) - 0.1)
        writer.add_tensor(block + "ssm_d", random(INNER))
        writer.add_tensor(block + "ssm_out.weight", random(WIDTH, INNER))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _byte_letters() -> list[str]:
    """Return GPT-2's letters for the 256 bytes, in the order of the bytes that print."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [*map(chr, plain), *(chr(256 + i) for i in range(len(others)))]
