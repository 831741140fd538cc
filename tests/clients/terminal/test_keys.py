from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.keys import TELLS_RELEASES, Key, Keys

KEYS = [
    (b"m", [Key("m")]),
    (b"mq", [Key("m"), Key("q")]),
    (b"?", [Key("?")]),
    ("ñ".encode(), [Key("ñ")]),
    (b"\x03", [Key("ctrl-c")]),
    (b"\x1a", [Key("ctrl-z")]),
    (b"\r", [Key("enter")]),
    (b"\x1b[A", [Key("up")]),
    (b"\x1bOB", [Key("down")]),
    (b"\x1b[5~", [Key("page up")]),
    (b"\x1b[1;5A", [Key("up")]),
    (b"\x1b[109u", [Key("m")]),
    (b"\x1b[32;1;32u", [Key(" ")]),
    (b"\x1b[32;1:3u", [Key(" ", pressed=False)]),
    (b"\x1b[32;1:2;32u", []),  # it is repeated
    (b"\x1b[47:63;2;63u", [Key("?")]),  # shift and /
    (b"\x1b[99;5u", [Key("ctrl-c")]),
    (b"\x1b[99;5:3u", [Key("ctrl-c", pressed=False)]),
    (b"\x1b[27u", [Key("escape")]),
    (b"\x1b[57441;2u", []),  # shift alone
    (b"\x1b[?27u", [TELLS_RELEASES]),
    (b"\x1b[?0u", []),
    (b"\x1b[?64;1;9c", []),
    (b"\x1b[200~", []),
    (b"\x1bx", []),  # alt and x
    (b"\x07", []),
]


@pytest.mark.parametrize(("sent", "keys"), KEYS)
def test_what_terminals_send(sent: bytes, keys: list[Key]) -> None:
    assert Keys().push(sent) == keys


@pytest.mark.parametrize(("sent", "keys"), KEYS)
def test_it_may_come_in_pieces(sent: bytes, keys: list[Key]) -> None:
    decoder = Keys()
    assert [key for byte in sent for key in decoder.push(bytes([byte]))] == keys
    assert not decoder.unfinished


def test_an_escape_with_nothing_behind_it_is_the_key() -> None:
    keys = Keys()
    assert keys.push(b"\x1b") == []
    assert keys.unfinished
    assert keys.flush() == [Key("escape")]
    assert not keys.unfinished
    assert keys.push(b"m") == [Key("m")]


@given(st.lists(st.binary(max_size=20) | st.sampled_from([sent for sent, _ in KEYS]), max_size=10))
def test_no_bytes_harm(pieces: list[bytes]) -> None:
    keys = Keys()
    for piece in pieces:
        for key in keys.push(piece):
            assert key.name
    keys.flush()
