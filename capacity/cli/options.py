"""Options that several commands share, with the words of their help."""

from __future__ import annotations

import math
from typing import Annotated

import typer


def finite_above_zero(value: float) -> float:
    """Refuse a number of seconds that is not above 0."""
    if not (math.isfinite(value) and value > 0):
        raise typer.BadParameter(f"{value:g} is not a number of seconds above 0")
    return value


Model = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="Folder of the service model, or its workbook (.xlsx).", show_default=False),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "-s",
        "--scenario",
        metavar="SCENARIO",
        show_default=False,
        help="Lay this scenario over the model: a TOML file, or the name of one in scenarios/. Repeat it, or join with"
        " +, to stack several in order.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else there.")]
Out = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="DIR", show_default=False,
        help="Also write the result to this folder, all files or none. What an earlier run wrote there is replaced;"
        " files of the same names that it did not write, or that were changed since, are refused unless --force;"
        " any other file stays.",
    ),
]  # fmt: skip
Force = Annotated[bool, typer.Option("--force", help="Replace files of the same names in the output folder.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Show everything, not only the most important, and draw every stream.")
]
TimeLimit = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", callback=finite_above_zero,
        help="Time for the search; the best plan found by then is given.",
    ),
]  # fmt: skip
Workers = Annotated[
    int, typer.Option(min=1, help="Threads of the search. With 1, an uncut search always gives the same plan.")
]
Locks = Annotated[
    list[str] | None,
    typer.Option(
        "--lock", metavar="PERSON:ACTIVITY:HALF-DAY[:WEEKS]", show_default=False,
        help="This session stays, in these weeks of the cycle (1;3), or as it stands; PERSON:role:ID for a role."
        " May be repeated.",
    ),
]  # fmt: skip
Forbids = Annotated[
    list[str] | None,
    typer.Option(
        "--forbid", metavar="PERSON:ACTIVITY:HALF-DAY[:WEEKS]", show_default=False,
        help="This session or role may not be in the plan. May be repeated.",
    ),
]  # fmt: skip
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of the search.")]
