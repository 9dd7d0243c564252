"""What ``capacity.stress`` returns: plans in the same simulated years, with their text, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity.demand.result import Demand
from capacity.report.words import capital, count
from capacity.scenario.stress import StressComparison, StressResult
from capacity.service.model import Service

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

FRAMES = {
    "activities": "activities", "streams": "streams", "weeks": "weeks", "lists": "paths", "absences": "absences",
    "people": "people",
}  # fmt: skip
"""File of a table -> frame of a result; each gets a first column with the plan."""
LISTS_DRAWN = 8


@dataclass(frozen=True, repr=False)
class Stress:
    """One or several plans that met the same simulated years, in the order asked for: the first is held against."""

    service: Service
    demand: Demand
    comparison: StressComparison
    run: Mapping[str, Any]
    impossible: Mapping[str, str] = field(default_factory=dict)
    """Scenarios that cannot be laid over the service -> why."""

    def __repr__(self) -> str:
        labels = ", ".join(result.label for result in self.results)
        return f"<Stress of {self.service.id}, {self.results[0].settings.years} years: {labels}>"

    @property
    def results(self) -> tuple[StressResult, ...]:
        """A result a plan."""
        return self.comparison.results

    @property
    def differences(self) -> pd.DataFrame:
        """What each plan meets against the first, with its standard error (:class:`StressComparison`)."""
        return self.comparison.differences

    def result(self, label: str) -> StressResult:
        """Result of the plan of that label. Raises KeyError."""
        return {result.label: result for result in self.results}[label]

    def frame(self, name: str) -> pd.DataFrame:
        """A table of all plans: activities, streams, weeks, lists, absences or people, with the plan in ``plan``."""
        import pandas as pd

        frames = [getattr(result, FRAMES[name]).assign(plan=result.label) for result in self.results]
        whole: pd.DataFrame = pd.concat(frames, ignore_index=True)
        whole.insert(0, "plan", whole.pop("plan"))
        return whole

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What happens to each plan, in words: weeks met, and the absence that hurts most."""
        from capacity.report.stress_text import plan_sentence

        return tuple(plan_sentence(result) for result in self.results)

    def summary(self) -> str:
        """Return the page, as plain text of at most 100 columns."""
        from capacity.report.stress_text import stress_text

        return stress_text(self)

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema stress``)."""
        from capacity.report.stress_json import stress_json

        return stress_json(self)

    def figures(self) -> dict[str, tuple[Figure, str]]:
        """Draw every figure: name -> figure and alt text."""
        return dict(_figures(self))

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write stress.json, the tables, the summary and the figures, all of them or none.

        Raises OutputError as :meth:`TeamOutcome.write` does.
        """
        from capacity.report.files import write_outputs

        return write_outputs(folder, stress_files(self), force)


def drawn_lists(stress: Stress) -> tuple[str, ...]:
    """Streams whose list is drawn: those with a size given or a promise, the longest lists where there are many."""
    streams = stress.results[0].streams
    known = streams[(streams["start_from"] == "given") | streams["target_weeks"].notna()]
    longest = known.sort_values("end", ascending=False, kind="stable")["stream"].head(LISTS_DRAWN)
    return tuple(str(stream) for stream in known["stream"] if stream in set(longest))


def _figures(stress: Stress) -> Iterator[tuple[str, tuple[Figure, str]]]:
    from capacity.report import figures_stress as draw

    met = draw.met_rows(stress.results)
    yield "met", (draw.met_figure(met), draw.met_alt(met))
    for number, result in enumerate(stress.results, start=1):
        plan = capital(result.label)
        weeks = draw.chance_rows(result)
        title = f"{plan}: in how many years each week is met"
        yield f"weeks_{number}", (draw.chance_figure(weeks, title=title), draw.chance_alt(weeks))
        hurt = draw.hurt_rows(result)
        title = f"{plan}: work left undone when one person is away for {count(result.settings.absence_weeks, 'week')}"
        yield f"absences_{number}", (draw.hurt_figure(hurt, title=title), draw.hurt_alt(hurt))
    for stream in drawn_lists(stress):
        fans = draw.list_fans(stress.results, stream)
        yield f"list_{stream}", (draw.fan_figure(fans), draw.fan_alt(fans))


def stress_files(stress: Stress) -> dict[str, bytes]:
    """Every file of a stress test, by name."""
    from capacity.report import style
    from capacity.report.outputs import json_text
    from capacity.report.tables import csv_bytes

    files = {"stress.json": json_text(stress.to_json()).encode(), "summary.txt": stress.summary().encode()}
    files |= {f"{name}.csv": csv_bytes(stress.frame(name)) for name in FRAMES}
    files["differences.csv"] = csv_bytes(stress.differences)
    for name, (figure, alt) in _figures(stress):
        files[f"figures/{name}.svg"] = style.svg_bytes(figure, alt)
        files[f"figures/{name}.png"] = style.png_bytes(figure, alt)
    return files


def stress_names(service: Service, plans: int) -> tuple[str, ...]:
    """Every name :func:`stress_files` may write."""
    tables = [f"{name}.csv" for name in (*FRAMES, "differences")]
    pictures = ["met", *(f"{name}_{n}" for n in range(1, plans + 1) for name in ("weeks", "absences"))]
    pictures += [f"list_{stream.stream}" for stream in service.streams]
    drawn = [f"figures/{name}.{ending}" for name in pictures for ending in ("svg", "png")]
    return ("stress.json", "summary.txt", *tables, *drawn)
