"""The bar charts, as SVG: every client in bench/chart.svg, and five rows in the README."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Protocol

from suite import BY_KEY, FLOOR

WIDTH, LEFT, RIGHT = 860, 230, 70
BAR, STEP, TOP, GAP = 15, 22, 44, 30
# Readable on GitHub's light background and on its dark one.
TEXT, OURS, OTHERS, LINE = "#768390", "#2f9e63", "#8b949e", "#76839055"
PANELS = {"one": "one after another", "many": "64 in flight"}
# The README's chart: roomcast's core, and for each language a common alternative.
SUMMARY = ("rust", "libcurl", "reqwest", "undici", "httpx")
TITLE = "Client CPU per message, relative to the floor"


def svg(results: dict) -> str:
    panels = {key: results["medians"][key] for key in PANELS}
    ratios = [it["ratio"] for found in panels.values() for it in found.values()]
    # The lower limit is below the smallest ratio, so that every client has a visible bar.
    scale = Logarithmic(min(ratios) * 0.75, max(ratios))
    parts: list[str] = []
    y = TOP
    for key, found in panels.items():
        y = panel(parts, y, PANELS[key], ranked(found), found, scale) + GAP
    note = "logarithmic; 1 is a raw socket that writes a prepared request and reads the response"
    description = "; ".join(description_of(PANELS[key], ranked(found), found) for key, found in panels.items())
    return document(TITLE, description, note, y - GAP + 26, parts)


def summary(results: dict) -> str:
    """The five rows of the README, one send after another."""
    found = results["medians"]["one"]
    scale = Linear(max(found[key]["ratio"] for key in SUMMARY if key in found))
    keys = sorted(SUMMARY, key=lambda key: found[key]["ratio"] if key in found else math.inf)
    parts: list[str] = []
    y = panel(parts, TOP, PANELS["one"], keys, found, scale)
    note = "1 is a raw socket that writes a prepared request and reads the response"
    return document(TITLE, description_of(PANELS["one"], keys, found), note, y + 26, parts)


class Scale(Protocol):
    """The length of a bar, and the positions of the grid lines."""

    def length(self, ratio: float) -> float: ...

    def ticks(self) -> list[float]: ...


@dataclass(frozen=True)
class Linear:
    """From 0 to the largest ratio."""

    most: float

    def length(self, ratio: float) -> float:
        return (WIDTH - LEFT - RIGHT) * ratio / self.most

    def ticks(self) -> list[float]:
        return [1.0, *(float(n) for n in range(5, math.floor(self.most) + 1, 5))]


@dataclass(frozen=True)
class Logarithmic:
    """From the smallest ratio to the largest."""

    least: float
    most: float

    def length(self, ratio: float) -> float:
        return (WIDTH - LEFT - RIGHT) * math.log(ratio / self.least) / math.log(self.most / self.least)

    def ticks(self) -> list[float]:
        decades = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)))
        return [
            n * 10.0**decade for decade in decades for n in (1, 2, 5) if self.least <= n * 10.0**decade <= self.most
        ]


def ranked(found: dict[str, dict]) -> list[str]:
    """The cheapest client first, without the floor."""
    return sorted((key for key in found if key != FLOOR.key), key=lambda key: found[key]["ratio"])


def panel(parts: list[str], y: int, title: str, keys: list[str], found: dict[str, dict], scale: Scale) -> int:
    """Draws a row for each client, and returns the y coordinate of its end. A client without figures has no bar."""
    parts.append(text(LEFT, y, title, size=13, weight="bold"))
    y += 10
    bottom = y + STEP * len(keys)
    for ratio in scale.ticks():
        x, stroke = LEFT + scale.length(ratio), TEXT if ratio == 1 else LINE
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{bottom}" stroke="{stroke}"/>')
        parts.append(text(x, bottom + 13, f"{ratio:g}", size=11, anchor="middle"))
    for key in keys:
        client = BY_KEY[key]
        width = scale.length(found[key]["ratio"]) if key in found else 0
        weight = "bold" if client.ours else "normal"
        name = f"{client.name.replace('`', '')}, {client.language}"
        parts.append(text(LEFT - 8, y + 15, name, anchor="end", weight=weight))
        fill = OURS if client.ours else OTHERS
        if key in found:
            parts.append(f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR}" rx="2" fill="{fill}"/>')
        parts.append(text(LEFT + width + 6, y + 15, figure(key, found), weight=weight))
        y += STEP
    return bottom + 20


def figure(key: str, found: dict[str, dict]) -> str:
    return f"{found[key]['ratio']:.2f}" if key in found else "not measured"


def document(title: str, description: str, note: str, height: int, parts: Iterable[str]) -> str:
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="title desc" font-family="system-ui, sans-serif">',
        f'<title id="title">{title}</title>',
        f'<desc id="desc">{escape(description)}.</desc>',
        text(LEFT, 18, title, size=15, weight="bold"),
    ]
    return "\n".join([*head, *parts, text(LEFT, height - 8, note, size=11), "</svg>"]) + "\n"


def text(x: float, y: float, content: str, size: int = 12, anchor: str = "start", weight: str = "normal") -> str:
    style = f'font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{TEXT}"'
    return f'<text x="{x:.1f}" y="{y}" {style}>{escape(content)}</text>'


def description_of(title: str, keys: list[str], found: dict[str, dict]) -> str:
    """A panel as text, for screen readers."""
    names = (f"{BY_KEY[key].name} ({BY_KEY[key].language}) {figure(key, found)}" for key in keys)
    return f"{title}: {', '.join(names)}".replace("`", "")
