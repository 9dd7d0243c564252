"""Ids and names of the series and rates a section makes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from capacity.importing.grid import Group
from capacity.importing.mapping import Spec
from capacity.importing.result import RowFinding


def slug(text: str) -> str:
    """Text as an id: ``NHS Ayrshire & Arran`` gives ``nhs_ayrshire_and_arran``."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.replace("'", "").lower()).strip("_") or "unnamed"


def identified(
    spec: Spec, groups: Iterable[Group], taken: set[str], findings: list[RowFinding]
) -> list[tuple[str, str, Group]]:
    """Give each group its id and name; an id that is taken gets a number, which is a finding."""
    named = []
    for group in groups:
        values = group.labels[: len(spec.by)]
        text = ", ".join(values)
        wanted = "_".join(part for part in (spec.id or "", slug(text) if values else "") if part)
        given = _free(wanted, taken)
        taken.add(given)
        name = ": ".join(part for part in (spec.name or "", text) if part) or given
        if given != wanted:
            message = f"{text or name} would be {wanted}, which another has: its id is {given} (is it the same one?)"
            findings.append(RowFinding("id_taken", given, message, found=wanted))
        named.append((given, name, group))
    return named


def _free(wanted: str, taken: set[str]) -> str:
    given, number = wanted, 2
    while given in taken:
        given, number = f"{wanted}_{number}", number + 1
    return given
