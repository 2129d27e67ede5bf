"""The bar chart of the README, as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from suite import BY_KEY, FLOOR

WIDTH, LEFT, RIGHT = 860, 230, 70
BAR, STEP, TOP, GAP = 15, 22, 44, 30
# They can be read on GitHub's light ground and on its dark one.
TEXT, OURS, OTHERS, LINE = "#768390", "#2f9e63", "#8b949e", "#76839055"
PANELS = {"one": "one after another", "many": "64 in flight"}


def svg(results: dict) -> str:
    panels = {key: results["medians"][key] for key in PANELS}
    ratios = [it["ratio"] for found in panels.values() for it in found.values()]
    # A bar for the cheapest, too.
    scale = Scale(min(ratios) * 0.75, max(ratios))
    parts: list[str] = []
    y = TOP
    for key, found in panels.items():
        y = panel(parts, y, PANELS[key], found, scale) + GAP
    height = y - GAP + 26
    note = "logarithmic; 1 is a raw socket that writes a prepared request and reads the answer"
    parts.append(text(LEFT, height - 8, note, size=11))
    title = "Client CPU of a message, against the floor"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="title desc" font-family="system-ui, sans-serif">',
        f'<title id="title">{title}</title>',
        f'<desc id="desc">{escape(description(panels))}</desc>',
        text(LEFT, 18, title, size=15, weight="bold"),
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"


@dataclass(frozen=True)
class Scale:
    """Logarithmic, from the least ratio to the most."""

    least: float
    most: float

    def length(self, ratio: float) -> float:
        return (WIDTH - LEFT - RIGHT) * math.log(ratio / self.least) / math.log(self.most / self.least)

    def ticks(self) -> list[float]:
        decades = range(math.floor(math.log10(self.least)), math.ceil(math.log10(self.most)))
        return [
            n * 10.0**decade for decade in decades for n in (1, 2, 5) if self.least <= n * 10.0**decade <= self.most
        ]


def panel(parts: list[str], y: int, title: str, found: dict[str, dict], scale: Scale) -> int:
    """Draws one, the cheapest client first, and returns where it ends."""
    keys = sorted((key for key in found if key != FLOOR.key), key=lambda key: found[key]["ratio"])
    parts.append(text(LEFT, y, title, size=13, weight="bold"))
    y += 10
    bottom = y + STEP * len(keys)
    for ratio in scale.ticks():
        x, stroke = LEFT + scale.length(ratio), TEXT if ratio == 1 else LINE
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{bottom}" stroke="{stroke}"/>')
        parts.append(text(x, bottom + 13, f"{ratio:g}", size=11, anchor="middle"))
    for key in keys:
        client, ratio = BY_KEY[key], found[key]["ratio"]
        width = scale.length(ratio)
        weight = "bold" if client.ours else "normal"
        name = f"{client.name.replace('`', '')}, {client.language}"
        parts.append(text(LEFT - 8, y + 15, name, anchor="end", weight=weight))
        fill = OURS if client.ours else OTHERS
        parts.append(f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR}" rx="2" fill="{fill}"/>')
        parts.append(text(LEFT + width + 6, y + 15, f"{ratio:.2f}", weight=weight))
        y += STEP
    return bottom + 20


def text(x: float, y: float, words: str, size: int = 12, anchor: str = "start", weight: str = "normal") -> str:
    style = f'font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{TEXT}"'
    return f'<text x="{x:.1f}" y="{y}" {style}>{escape(words)}</text>'


def description(panels: dict[str, dict[str, dict]]) -> str:
    """The chart in words."""
    told = []
    for key, found in panels.items():
        ranked = sorted((it["ratio"], client) for client, it in found.items() if client != FLOOR.key)
        names = (f"{BY_KEY[client].name} ({BY_KEY[client].language}) {ratio:.2f}" for ratio, client in ranked)
        told.append(f"{PANELS[key]}: {', '.join(names)}")
    return "; ".join(told).replace("`", "") + "."
