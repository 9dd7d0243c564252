"""Numbers, counts and lists in British English, for every layer that writes a sentence."""

from __future__ import annotations

from collections.abc import Iterable

SMALL = 0.05
"""Sessions a week below which one decimal shows nothing."""


def number(value: float) -> str:
    """One decimal, without a trailing .0: ``6.5``, ``18``, ``1,057``; ``under 0.1`` for what would show as 0."""
    if 0 < abs(value) < SMALL - 1e-9:
        return "under 0.1" if abs(value) > 1e-6 else "0"
    text = f"{value:,.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def count(value: float, noun: str, plural: str | None = None) -> str:
    """``1 session``, ``2.5 sessions``, ``0 people``."""
    shown = number(value)
    return f"{shown} {noun if shown == '1' else plural or noun + 's'}"


def people(value: int) -> str:
    """``1 person``, ``3 people``."""
    return count(value, "person", "people")


def pounds(value: float) -> str:
    """Whole pounds: ``£16,800``."""
    return f"£{value:,.0f}"


def listed(items: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    parts = list(items)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def capital(text: str) -> str:
    """First letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
