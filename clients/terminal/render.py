"""A state as a screen: `render` returns exactly `rows` lines, none wider than `columns`, whatever these are."""

from __future__ import annotations

from collections.abc import Sequence

from clients.terminal.cells import Line, Screen, Span, Style, fit, spread, width, wrap
from clients.terminal.conversation import conversation
from clients.terminal.meters import latency_bar, legend, meter, summary
from clients.terminal.state import MUTED, Floor, State

NARROW, WIDE = 60, 100
"""Columns below which things stand below one another, and from which there is room to spare."""

ROOMY = 16
"""Rows from which there is room for what only helps."""

_FLOORS = {Floor.LISTENING: "○", Floor.HEARING: "●", Floor.THINKING: "…", Floor.SPEAKING: "▶"}

KEYS = (
    ("space", "talk"), ("m", "mute"), ("i", "interrupt"), ("l", "listen mode"), ("s", "save"), ("?", "help"), ("q", "quit"),
)  # fmt: skip

HELP = (
    ("space", "push-to-talk: hold it while you speak, or tap it before and after"),
    ("m", "mute the microphone, and unmute it"),
    ("i, Esc", "interrupt: stop the answer"),
    ("l", "how Parley listens: open microphone, push-to-talk, wake phrase"),
    ("s", "save the conversation so far in a text file"),
    ("↑ ↓ PgUp PgDn End", "scroll the conversation"),
    ("?", "this page, and back"),
    ("q, Ctrl-C", "quit"),
)

MARKS = (
    ("underlined", "words of the answer that you have heard"),
    ("slanted …", "words that may still change"),
    ("bars", "what an answer took, from your last word to its first sound"),
    ("xruns", "times that sound was lost because something was too late"),
)


def render(state: State, columns: int, rows: int) -> Screen:
    """Return the screen."""
    if columns < 1 or rows < 1:
        return ((),) * max(rows, 0)
    head = _head(state, columns)[: max(0, rows - 1)]
    feet: list[Line] = []
    for block in _feet(state, columns, rows)[: 2 if state.page == "help" else None]:
        if len(feet) + len(block) <= max(0, rows - len(head)) // 2:
            feet = [*block, *feet]
    room = rows - len(head) - len(feet)
    body = _help(columns, room) if state.page == "help" else conversation(state, columns, room)
    return tuple(fit(line, columns) for line in (*head, *body, *feet))


def _head(state: State, columns: int) -> list[Line]:
    status = state.status
    mode = f"{status.mode} · {status.languages}"
    deaf = state.floor is Floor.LISTENING and status.microphone == MUTED
    floor = f"{_FLOORS[state.floor]} {'not listening' if deaf else state.floor.value}"
    if columns < NARROW:
        lines = [spread((Span(f" Parley  {floor}"),), (Span(f"{status.microphone} "),), columns)]
        return [_titled(lines[0], columns), fit((Span(f" {mode}", Style.FAINT),), columns)]
    return [_titled(spread((Span(f" Parley  {mode}  {floor}"),), (Span(f"{status.microphone} "),), columns), columns)]


def _titled(line: Line, columns: int) -> Line:
    text = "".join(span.text for span in line)
    return (Span(text + " " * (columns - width(line)), Style.TITLE),)


def _feet(state: State, columns: int, rows: int) -> Sequence[list[Line]]:
    """Return what stands below the conversation: what must be seen first, which is at the bottom."""
    blocks = [_keys(state, columns, rows), _meters(state, columns)]
    if state.notice:
        blocks.append([_inset(line) for line in wrap((Span(state.notice, Style.STRONG),), columns - 2)[:2]])
    blocks += [_troubles(state, columns)] if state.troubles else []
    blocks += [[_timers(state)]] if state.status.timers else []
    blocks.append([_inset(summary(state, columns - 2, short=columns < NARROW))])
    if state.bars and columns >= NARROW and rows >= 20:
        most = 6 if rows >= 32 else 2
        shown = state.bars[-most:]
        longest_s = max(bar.total_s for bar in shown)
        cells = min(columns, WIDE) - 2
        blocks[-1] += [_inset(latency_bar(bar, longest_s, cells)) for bar in shown]
        blocks[-1].append(_inset(legend(shown[-1], columns - 2)))
    if rows >= ROOMY:
        blocks.append([(Span("─" * columns, Style.FAINT),)])
    return blocks


def _keys(state: State, columns: int, rows: int) -> list[Line]:
    """Return the keys and what they do, on two lines if that is needed and there is room; otherwise only the keys."""
    shown = [(name, state.status.talk if name == "space" else does) for name, does in KEYS]
    shown = [(name, does.partition(" ")[0] if columns < NARROW else does) for name, does in shown if does]
    pairs = [(Span(f" {name}", Style.KEY), Span(f" {does} ", Style.FAINT)) for name, does in shown]
    lines: list[list[Span]] = [[]]
    for pair in pairs:
        if width(lines[-1]) + width(pair) > columns:
            lines.append([])
        lines[-1] += pair
    if len(lines) > (2 if rows >= ROOMY else 1):
        lines = [[Span(f" {name}", Style.KEY) for name, _ in shown]]
    return [tuple(line) for line in lines]


def _meters(state: State, columns: int) -> list[Line]:
    off = MUTED if state.status.microphone == MUTED else ""
    if columns < NARROW:
        return [_inset(meter("mic", state.microphone_db, columns - 2, off)), _inset(meter("spk", state.speaker_db, columns - 2))]
    half = min(columns // 2, WIDE // 2) - 2
    left = meter("microphone", state.microphone_db, half, off)
    gap = Span(" " * (half - width(left) + 2))
    return [_inset((*left, gap, *meter("speaker", state.speaker_db, half)))]


def _troubles(state: State, columns: int) -> list[Line]:
    lines: list[Line] = []
    for what, why in state.troubles[-2:]:
        first, *rest = wrap((Span(f"{what}: ", Style.STRONG), Span(why)), columns - 4)
        lines += [(Span(" ! ", Style.TROUBLE), *first), *((Span("   "), *line) for line in rest[:1])]
    return lines


def _timers(state: State) -> Line:
    spans = [Span(" ")]
    for name, left_s in state.status.timers[:4]:
        spans += [Span(f"{name} ", Style.FAINT), Span(f"{_clock(left_s)}   ", Style.STRONG)]
    return tuple(spans)


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _inset(line: Line) -> Line:
    return (Span(" "), *line)


def _help(columns: int, rows: int) -> list[Line]:
    name_cells = 19 if columns >= NARROW else 0
    lines: list[Line] = []
    for title, entries in (("Keys", HELP), ("What is shown", MARKS)):
        lines += [(), (Span(f" {title}", Style.STRONG),)]
        for name, does in entries:
            if name_cells:
                first, *rest = wrap((Span(does),), columns - name_cells - 3)
                lines.append((Span(f"  {name:<{name_cells}}", Style.KEY), *first))
                lines += [(Span(" " * (name_cells + 2)), *line) for line in rest]
            else:
                lines += [(Span("  "), *line) for line in wrap((Span(f"{name}: ", Style.KEY), Span(does)), columns - 3)]
    if len(lines) > rows:
        lines = [line for line in lines if line]
    return (lines + [()] * rows)[:rows]
