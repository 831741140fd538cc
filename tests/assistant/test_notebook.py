"""Lists and notes: their sentences and their bounds."""

from __future__ import annotations

import pytest

from assistant.notebook import MOST_ITEMS, MOST_LISTS, Notebook
from assistant.spoken import Refused


def test_a_list():
    book = Notebook()
    assert book.read_list("shopping") == "Your shopping list is empty."
    assert book.add_item("shopping", "milk") == "Added milk to your shopping list."
    assert book.add_item("Shopping list", "two eggs.") == "Added two eggs to your shopping list."
    assert book.read_list("shopping") == "On your shopping list: milk and two eggs."
    assert book.read_list("to do") == "Your to do list is empty."
    assert book.clear_list("shopping") == "Your shopping list is empty now."
    assert book.read_list("shopping") == "Your shopping list is empty."


def test_notes():
    book = Notebook()
    assert book.read_notes() == "You have no notes."
    assert book.add_note("call my mother") == "Noted: call my mother."
    assert book.add_note("...") == "Noted: ...."
    assert book.read_notes() == "Your notes: call my mother and ...."


def test_bounds():
    book = Notebook()
    assert len(book.add_note("x" * 999)) == len("Noted: .") + 200
    for n in range(1, MOST_ITEMS):
        book.add_note(f"note {n}")
        book.add_item("shopping", f"item {n}")
    book.add_item("shopping", "the last")
    with pytest.raises(Refused, match="more than 100 notes"):
        book.add_note("one more")
    with pytest.raises(Refused, match="Your shopping list is full"):
        book.add_item("shopping", "one more")
    assert book.read_list("shopping").endswith("item 19, item 20 and 80 more.")
    for n in range(1, MOST_LISTS):
        book.add_item(f"list {n}", "milk")
    with pytest.raises(Refused, match="more than 20 lists"):
        book.add_item("another", "milk")
    book.clear_list("list 1")
    book.add_item("y" * 999, "milk")
    assert book.read_list("y" * 40) == f"On your {'y' * 40} list: milk."
