"""A document as its parts: headings, paragraphs, lists, numbered tables and figures, for Word, PDF and HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

ENDINGS = (".docx", ".pdf", ".html")


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3, which stands in the contents up to level 2."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``lead`` is what a reader takes away, ``note`` small print, ``formula`` typed as it stands."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table with a caption; columns in ``numbers`` stand to the right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A figure with a caption and what it shows in words; a ``wide`` one has a page of its own, turned.

    ``ratio`` is its height over its width, for those that would be taller than a page.
    """

    caption: str
    alt: str
    svg: bytes = field(repr=False)
    png: bytes = field(repr=False)
    wide: bool = False
    ratio: float = 0.5


Block: TypeAlias = Heading | Paragraph | Bullets | Table | Picture


@dataclass(frozen=True)
class Document:
    """A title, what it is about in a line, and its blocks in order."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]

    def numbered(self) -> Iterator[tuple[Block, str]]:
        """Blocks with their captions: ``Table 1``, ``Figure 2``; blank for the others."""
        tables = pictures = 0
        for block in self.blocks:
            if isinstance(block, Table):
                tables += 1
                yield block, f"Table {tables}. {block.caption}"
            elif isinstance(block, Picture):
                pictures += 1
                yield block, f"Figure {pictures}. {block.caption}"
            else:
                yield block, ""

    def contents(self) -> tuple[Heading, ...]:
        """Headings that stand in the contents."""
        return tuple(block for block in self.blocks if isinstance(block, Heading) and block.level <= 2)

    def text(self) -> str:
        """Return everything that is said, without layout: for tests, and for those who search."""
        parts: list[str] = [self.title, self.subtitle]
        for block, caption in self.numbered():
            if isinstance(block, (Heading, Paragraph)):
                parts.append(block.text)
            elif isinstance(block, Bullets):
                parts += block.items
            elif isinstance(block, Table):
                parts += [caption, *(" | ".join(row) for row in (block.header, *block.rows))]
            else:
                parts += [caption, block.alt]
        return "\n".join(parts)

    def as_bytes(self, ending: str) -> bytes:
        """Return the document as a Word, PDF or HTML file; the same document gives the same bytes."""
        return writer(ending)(self)


def writer(ending: str) -> Callable[[Document], bytes]:
    """Return what writes a document in the form of a file ending. Raises ValueError for any other."""
    if ending == ".docx":
        from capacity.report.document_docx import docx_bytes

        return docx_bytes
    if ending == ".pdf":
        from capacity.report.document_pdf import pdf_bytes

        return pdf_bytes
    if ending == ".html":
        from capacity.report.document_html import html_bytes

        return html_bytes
    raise ValueError(f"{ending or 'no ending'}; it must be one of {', '.join(ENDINGS)}")


def table_of(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] | None = None
) -> Table:
    """Build a table whose columns but the first hold figures, unless ``numbers`` says otherwise."""
    right = tuple(range(1, len(header))) if numbers is None else tuple(numbers)
    return Table(caption, tuple(header), tuple(tuple(row) for row in rows), right)


def picture_of(caption: str, drawn: Drawn, alt: str, wide: bool = False) -> Picture:
    """Build a figure from one that was drawn; a ``wide`` one that is taller than wide stays upright."""
    from capacity.report import style

    width, height = (float(inches) for inches in drawn.get_size_inches())
    svg, png = style.svg_bytes(drawn, alt), style.png_bytes(drawn, alt)
    return Picture(caption, alt, svg, png, wide and width > height, height / width)


def write_document(document: Document, path: str | Path, force: bool = False) -> Path:
    """Write a document to a file, whole or not at all; its ending says in which form.

    Raises
    ------
    capacity.errors.OutputError
        The ending is none of .docx, .pdf and .html, the file is there already, or it cannot be written.
    """
    from capacity.errors import OutputError

    target = Path(path)
    check_target(target, force)
    content = document.as_bytes(target.suffix.lower())
    draft = target.with_name(f".{target.name}.draft")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(target)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}); is it open in another program?"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return target


def check_target(path: str | Path, force: bool = False) -> None:
    """Refuse a file that would not be written, before the work begins. Raises OutputError."""
    from capacity.errors import OutputError

    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise OutputError(f"{path}: the name must end in one of {', '.join(ENDINGS)}")
    if target.is_dir():
        raise OutputError(f"{path}: there is a folder of this name")
    if target.exists() and not force:
        raise OutputError(f"{path}: there is a file of this name; --force replaces it")
