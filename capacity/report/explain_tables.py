"""The tables and files of ``capacity explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.optimise.reasons import where_in_words
from capacity.optimise.why import Gain, Why
from capacity.report import style
from capacity.report.explain_text import bars_of
from capacity.report.figures_remedies import LOOKS, TITLE, remedies_alt, remedies_figure
from capacity.report.outputs import ENDINGS, FIGURES, SUMMARY, Files, json_text
from capacity.report.tables import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

    from capacity.report.team_explanation import Explanation

REMEDY_COLUMNS = (
    "rank", "kind", "remedy", "person", "activity", "room", "slot", "role", *LOOKS, "sessions", "dcc_hours",
    "pounds_a_year", "pounds_per_session", "worth_a_year", "price_note", "evidence", "by_activity",
)  # fmt: skip
REASON_COLUMNS = (
    "person", "what", "activity", "gives", "takes", "because", "tier", "worse", "rules",
)  # fmt: skip
FIGURE = "remedies"
NAMES = ("explain.json", "remedies.csv", "reasons.csv", SUMMARY, *(f"{FIGURES}{FIGURE}{ending}" for ending in ENDINGS))
"""Every file :func:`explain_files` writes."""


def remedies_frame(why: Why) -> pd.DataFrame:
    """One row a remedy that was tried, in the columns of remedies.csv.

    Tiers and ``sessions`` are fewer sessions short a calendar week; ``by_activity`` lists them as ``id=sessions``.
    """
    import pandas as pd

    rows = [
        (
            rank,
            bought.remedy.kind,
            bought.remedy.words,
            bought.remedy.person,
            bought.remedy.activity,
            bought.remedy.room,
            bought.remedy.slot,
            bought.remedy.role,
            *(_in_tier(bought.tiers.get(tier)) for tier in LOOKS),
            bought.sessions,
            bought.hours,
            bought.pounds,
            bought.pounds_per_session,
            bought.worth,
            bought.price_note,
            bought.evidence,
            ";".join(f"{key}={value:g}" for key, value in bought.by_activity.items()),
        )
        for rank, bought in enumerate(why.remedies, start=1)
    ]
    figures = [*LOOKS, "sessions", "dcc_hours", "pounds_a_year", "pounds_per_session", "worth_a_year"]
    return pd.DataFrame(rows, columns=list(REMEDY_COLUMNS)).astype(dict.fromkeys(figures, "float64"))


def _in_tier(gain: Gain | None) -> float:
    return gain.sessions if gain is not None and gain.known else float("nan")


def reasons_frame(why: Why, cycle: int) -> pd.DataFrame:
    """One row a person and activity (or role), in the columns of reasons.csv; half-days in words."""
    import pandas as pd

    rows = [
        (
            reason.person,
            reason.what,
            reason.activity,
            where_in_words(reason.gives, cycle),
            where_in_words(reason.takes, cycle),
            reason.because,
            reason.tier,
            reason.worse,
            ";".join(reason.rules),
        )
        for reason in why.reasons
    ]
    return pd.DataFrame(rows, columns=list(REASON_COLUMNS)).astype({"worse": "float64"})


def explain_files(told: Explanation) -> Files:
    """Files of ``capacity explain``, by name."""
    bars = bars_of(told.why)
    figure, alt = remedies_figure(bars), remedies_alt(bars)
    return {
        "explain.json": json_text(told.to_json()).encode(),
        "remedies.csv": csv_bytes(told.remedies),
        "reasons.csv": csv_bytes(told.reasons),
        SUMMARY: told.summary().encode(),
        f"{FIGURES}{FIGURE}.svg": style.svg_bytes(figure, alt, TITLE),
        f"{FIGURES}{FIGURE}.png": style.png_bytes(figure, alt, TITLE),
    }
