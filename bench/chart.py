"""The bar chart of the README, drawn from results.json: `chart.py` draws it anew."""

from __future__ import annotations

import json
import math
from html import escape

from suite import BENCH, BY_KEY, FLOOR

RESULTS = BENCH / "results.json"
CHART = BENCH / "chart.svg"

WIDTH, LEFT, RIGHT = 860, 230, 70
BAR, STEP, TOP, GAP = 15, 22, 44, 30
# They can be read on GitHub's light ground and on its dark one.
TEXT, OURS, OTHERS, LINE = "#768390", "#2f9e63", "#8b949e", "#76839055"
PANELS = {"one": "one after another", "many": "64 in flight"}


def svg(results: dict) -> str:
    panels = {key: results["medians"][key] for key in PANELS}
    most = max(it["ratio"] for found in panels.values() for it in found.values())
    parts: list[str] = []
    y = TOP
    for key, found in panels.items():
        y = panel(parts, y, PANELS[key], found, most) + GAP
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


def panel(parts: list[str], y: int, title: str, found: dict[str, dict], most: float) -> int:
    """Draws one, the cheapest client first, and returns where it ends."""
    keys = sorted((key for key in found if key != FLOOR.key), key=lambda key: found[key]["ratio"])
    parts.append(text(LEFT, y, title, size=13, weight="bold"))
    y += 10
    bottom = y + STEP * len(keys)
    tick = 1
    while tick <= most:
        for number in (tick, 2 * tick, 5 * tick):
            if number <= most:
                x = LEFT + length(number, most)
                parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{bottom}" stroke="{LINE}"/>')
                parts.append(text(x, bottom + 13, str(number), size=11, anchor="middle"))
        tick *= 10
    for key in keys:
        client, ratio = BY_KEY[key], found[key]["ratio"]
        # A client that is cheaper than the floor has a bar, too.
        width = max(length(ratio, most), 2)
        weight = "bold" if client.ours else "normal"
        name = f"{client.name.replace('`', '')}, {client.language}"
        parts.append(text(LEFT - 8, y + 15, name, anchor="end", weight=weight))
        fill = OURS if client.ours else OTHERS
        parts.append(f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR}" rx="2" fill="{fill}"/>')
        parts.append(text(LEFT + width + 6, y + 15, f"{ratio:.2f}", weight=weight))
        y += STEP
    return bottom + 20


def length(ratio: float, most: float) -> float:
    return (WIDTH - LEFT - RIGHT) * math.log(ratio) / math.log(most)


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


if __name__ == "__main__":
    CHART.write_text(svg(json.loads(RESULTS.read_text())))
