"""Sums: the value of an expression such as `15 / 100 * 60`, from a parser of its own, so nothing else can be run."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from assistant.spoken import Refused

LONGEST = 200
"""Characters; nobody says a longer sum."""

DEEPEST = 24
"""Brackets and signs inside each other; keeps the parser far from Python's own limit."""

DIGITS = 50
"""Decimal arithmetic keeps 0.1 + 0.2 exact, and this precision hides the rounding of 1 / 3 * 3."""

LARGEST = 100
"""Power of ten: a bound on every step, so that 9 ** 9 ** 9 ends at once."""

_NOISE = Decimal("1e-46")
"""Relative size of what a subtraction leaves when both sides were equal before rounding."""

_CONTEXT = Context(prec=DIGITS, Emax=LARGEST, Emin=-LARGEST, traps=[DivisionByZero, InvalidOperation, Overflow])
_TOKEN = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+|\*\*|[-+*/()]|sqrt")
_NO_NUMBER = ("", "**", *"+-*/()")
_TYPOGRAPHY = str.maketrans({"×": "*", "÷": "/", "−": "-", "^": "**"})

_TOO_LARGE = "That number is too large for me."
_BY_ZERO = "Nothing can be divided by zero."
_NO_ROOT = "A negative number has no square root."
_UNCLEAR = "I can't work that out."
_TOO_LONG = "That's too long for me to work out."


def evaluate(expression: str) -> Decimal:
    """Return the value of numbers joined by + - * / ** ( ) and sqrt( ), with Python's precedence.

    Raises:
        Refused: it is no such expression, is too long or too deep, passes 10 ** 100 on the way, or has no real value.
    """
    if len(expression) > LONGEST:
        raise Refused(_TOO_LONG)
    text = expression.translate(_TYPOGRAPHY)
    if _TOKEN.sub("", text).strip():
        raise Refused(_UNCLEAR)
    try:
        return _Parser(_TOKEN.findall(text)).whole()
    except Overflow:
        raise Refused(_TOO_LARGE) from None
    except DivisionByZero:
        raise Refused(_BY_ZERO) from None
    except InvalidOperation:
        raise Refused(_UNCLEAR) from None


class _Parser:
    """Recursive descent, one method a level of precedence; each returns a value."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = [*tokens, ""]
        self._at = self._depth = 0

    def whole(self) -> Decimal:
        value = self._sum()
        self._expect("")
        return value

    def _sum(self) -> Decimal:
        return self._joined(self._product, {"+": _add, "-": lambda a, b: _add(a, _CONTEXT.minus(b))})

    def _product(self) -> Decimal:
        return self._joined(self._signed, {"*": _CONTEXT.multiply, "/": _divide})

    def _joined(self, operand: Callable[[], Decimal], operations: dict[str, Callable[[Decimal, Decimal], Decimal]]) -> Decimal:
        value = operand()
        while operation := operations.get(self._tokens[self._at]):
            self._at += 1
            value = operation(value, operand())
        return value

    def _signed(self) -> Decimal:
        self._depth += 1  # every way down leads through here
        if self._depth > DEEPEST:
            raise Refused(_TOO_LONG)
        if self._take("-"):
            value = _CONTEXT.minus(self._signed())
        elif self._take("+"):
            value = self._signed()
        else:
            value = self._atom()
            if self._take("**"):
                value = _power(value, self._signed())
        self._depth -= 1
        return value

    def _atom(self) -> Decimal:
        root = self._take("sqrt")
        if root or self._tokens[self._at] == "(":
            self._expect("(")
            value = self._sum()
            self._expect(")")
            return _square_root(value) if root else value
        if self._tokens[self._at] in _NO_NUMBER:
            raise Refused(_UNCLEAR)
        self._at += 1
        return _CONTEXT.create_decimal(self._tokens[self._at - 1])

    def _take(self, token: str) -> bool:
        found = self._tokens[self._at] == token
        self._at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise Refused(_UNCLEAR)


def _add(a: Decimal, b: Decimal) -> Decimal:
    total = _CONTEXT.add(a, b)
    return Decimal(0) if abs(total) < abs(a) * _NOISE else total  # 1 / 3 * 3 - 1 is nothing, and nothing divides by it


def _divide(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        raise Refused(_BY_ZERO)  # 0 / 0 too
    return _CONTEXT.divide(a, b)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if not base and exponent <= 0:
        if exponent:
            raise Refused(_BY_ZERO)
        return Decimal(1)  # as Python, not as Decimal
    return _CONTEXT.power(base, exponent)


def _square_root(value: Decimal) -> Decimal:
    if value < 0:
        raise Refused(_NO_ROOT)
    return _CONTEXT.sqrt(value)
