"""A figure of points with error bars as SVG."""

from __future__ import annotations

from typing import NamedTuple, Sequence

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 330, 56, 34, 12, 50


class Point(NamedTuple):
    """A place, the ends of its intervals, and its name."""

    x: tuple[float, float]
    y: tuple[float, float, float]
    name: str


def scatter(panels: Sequence[tuple[str, Sequence[Point]]], x_words: str, y_words: str, columns: int = 2) -> str:
    """Panels side by side, each with axes of its own."""
    full = [(title, points) for title, points in panels if points]
    rows = -(-len(full) // columns)
    wide, high = WIDTH * min(columns, max(len(full), 1)), HEIGHT * rows
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" font-family="system-ui, sans-serif" font-size="12">'
    parts = [head, '<rect width="100%" height="100%" fill="#fff"/>']
    for at, (title, points) in enumerate(full):
        parts += [f'<g transform="translate({at % columns * WIDTH} {at // columns * HEIGHT})">', *panel(title, points, x_words, y_words), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def panel(title: str, points: Sequence[Point], x_words: str, y_words: str) -> list[str]:
    """One panel, in its own coordinates."""
    x_range = limits([x for point in points for x in point.x])
    y_range = limits([y for point in points for y in point.y])
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    across = lambda x: LEFT + (x - x_range[0]) / (x_range[1] - x_range[0]) * (right - LEFT)
    down = lambda y: bottom - (y - y_range[0]) / (y_range[1] - y_range[0]) * (bottom - TOP)
    middle = (TOP + bottom) / 2
    parts = [
        f'<text x="{LEFT}" y="20" font-weight="600">{title}</text>',
        f'<rect x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{bottom - TOP}" fill="none" stroke="#999"/>',
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_words}</text>',
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{y_words}</text>',
    ]
    for step in range(5):
        x, y = (of[0] + step * (of[1] - of[0]) / 4 for of in (x_range, y_range))
        parts.append(f'<text x="{across(x):.1f}" y="{bottom + 16}" text-anchor="middle" fill="#666">{x:.2f}</text>')
        parts.append(f'<text x="{LEFT - 6}" y="{down(y) + 4:.1f}" text-anchor="end" fill="#666">{y:.1f}</text>')
    for (x_low, x_high), (y, y_low, y_high), name in points:
        x = (x_low + x_high) / 2
        bars = f"M{across(x):.1f} {down(y_low):.1f}V{down(y_high):.1f}M{across(x_low):.1f} {down(y):.1f}H{across(x_high):.1f}"
        parts.append(f'<path d="{bars}" stroke="#777"/><circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="4" fill="#0b6bcb"/>')
        parts.append(f'<text x="{across(x) + 6:.1f}" y="{down(y) - 5:.1f}">{name}</text>')
    return parts


def limits(values: Sequence[float]) -> tuple[float, float]:
    """A range with some room on both sides."""
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 0.5
    return low - room, high + room
