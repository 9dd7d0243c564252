"""What the answers of sweeps, goals, tornados, Pareto sets and robust plans have in common: page, JSON, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from capacity.answer import read_in_words, with_scenarios
from capacity.demand.result import Demand
from capacity.report.plan_json import plain_json
from capacity.report.words import wrapped
from capacity.service.model import Service

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SCHEMA_VERSION = 1


@dataclass(frozen=True, repr=False)
class WhatIf:
    """An answer about a service: ``frame`` has its rows, ``summary()`` says it, ``to_json()`` and ``write()`` keep it.

    ``run`` is what is needed to do it again: seed, workers, limits, input hash and versions.
    """

    service: Service
    demand: Demand
    run: Mapping[str, Any]

    kind: ClassVar[str] = ""
    """Stem of its files, and name of its schema."""
    plots: ClassVar[tuple[str, ...]] = ()
    """Figures it may have."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.service.id}>"

    @property
    def frame(self) -> pd.DataFrame:
        """Return the rows of the answer."""
        raise NotImplementedError

    def sentence(self) -> str:
        """Return the lead's sentence."""
        raise NotImplementedError

    def page(self) -> list[str]:
        """What stands below the sentence, section by section."""
        raise NotImplementedError

    def body(self) -> dict[str, Any]:
        """Return what the JSON holds beside what all have."""
        raise NotImplementedError

    def drawn(self) -> dict[str, tuple[Figure, str]]:
        """Figures with their alt texts, by name; those there is something to draw for."""
        return {}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table that is written, by name of the file."""
        return {f"{self.kind}.csv": self.frame}

    def summary(self) -> str:
        """Return the sentence and what stands behind it, as plain text of at most 100 columns."""
        heading = wrapped(f"{self.service.name}: {read_in_words(self.service, self.demand)}")
        sections = [heading, wrapped(self.sentence()), *self.page()]
        return "\n\n".join(section for section in sections if section) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Return the machine-readable form (schema: ``capacity schema`` with the name of the command)."""
        json: dict[str, Any] = plain_json(
            {
                "schema": SCHEMA_VERSION,
                "service": self.service.id,
                "sentence": self.sentence(),
                **self.body(),
                "run": dict(self.run),
            }
        )
        return with_scenarios(self.service, json)

    def write(self, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
        """Write JSON, tables, summary.txt and figures, all of them or none. Raises OutputError."""
        from capacity.report.files import write_outputs

        return write_outputs(folder, self.files(), force)

    def files(self) -> dict[str, bytes]:
        """Every file, by name."""
        from capacity.report import style
        from capacity.report.outputs import json_text
        from capacity.report.tables import csv_bytes

        files = {f"{self.kind}.json": json_text(self.to_json()).encode()}
        files |= {name: csv_bytes(frame) for name, frame in self.tables().items()}
        files["summary.txt"] = self.summary().encode()
        for name, (figure, alt) in self.drawn().items():
            files[f"figures/{name}.svg"] = style.svg_bytes(figure, alt)
            files[f"figures/{name}.png"] = style.png_bytes(figure, alt)
        return files


def names_of(answer: type[WhatIf], *tables: str) -> tuple[str, ...]:
    """Every name an answer may write, so that a folder which cannot take them is refused first."""
    figures = [f"figures/{name}{ending}" for name in answer.plots for ending in (".svg", ".png")]
    return (f"{answer.kind}.json", f"{answer.kind}.csv", *tables, "summary.txt", *figures)
