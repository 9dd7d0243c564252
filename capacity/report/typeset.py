"""Typst, with the fonts matplotlib brings: nothing is fetched, and no font of the machine is used."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


def typeset(template: Path, data: str) -> bytes:
    """Return the PDF that a template makes of data (JSON): PDF/UA-1, which typst refuses where it is not accessible."""
    import typst

    return typst.compile(
        str(template),
        None,
        format="pdf",
        font_paths=[str(_fonts())],
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards="ua-1",
    )


@lru_cache(maxsize=1)
def _fonts() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
