"""What can go wrong, said so that the reader can put it right.

A *fault* is bad input and stops the run (exit code 2). A *finding* is something the reader should know;
it never stops a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One fault of one cell, row or file of the input."""

    file: str
    row: int | None
    column: str | None
    found: str
    allowed: str
    id: str | None = None
    hint: str = ""

    def __str__(self) -> str:
        """One unwrapped line, as in ``streams.csv row 4 (planned), column dna_rate: found 5; allowed 0 to 1``."""
        where = self.file
        if self.row is not None:
            where += f" row {self.row}"
        if self.id:
            where += f" ({self.id})"
        if self.column:
            where += f", column {self.column}" if self.row is not None else f", {self.column}"
        line = f"{where}: found {self.found}; allowed {self.allowed}"
        return f"{line}. {self.hint}" if self.hint else line


@dataclass(frozen=True)
class Finding:
    """Something the reader should know about the input or a plan.

    ``rule`` is a stable id such as ``gap_in_weeks``; ``subject`` is the id (person, activity, stream, file)
    it is about; ``source`` names where the rule comes from; ``minutes`` is the weekly time it moves.
    """

    rule: str
    subject: str
    message: str
    found: str = ""
    allowed: str = ""
    source: str = ""
    minutes: float | None = None

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


class CapacityError(Exception):
    """Base of the errors this package raises on purpose."""

    exit_code = 3


class InputError(CapacityError):
    """Bad input: every fault found, all at once."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class OutputError(CapacityError):
    """The output folder or file cannot be written."""

    exit_code = 2


class CallbackFailed(CapacityError):
    """A callback that was told of progress raised an exception; the run went on without it.

    ``outcome`` is the whole answer of the run, ``faults`` are the exceptions, of which the first is the cause.
    """

    def __init__(self, outcome: Any, faults: Sequence[Exception]):
        self.outcome = outcome
        self.faults = tuple(faults)
        self.__cause__ = self.faults[0]
        first = self.faults[0]
        super().__init__(f"a progress callback raised {type(first).__name__}: {first}; the answer is in 'outcome'")


class PlanFailedCheck(CapacityError):
    """A plan broke a rule when it was checked independently. It is our fault and is never shown."""

    exit_code = 3

    def __init__(self, violations: Iterable[object]):
        self.violations = tuple(violations)
        super().__init__(
            "the plan failed its independent check and was not written:\n"
            + "\n".join(str(violation) for violation in self.violations)
        )
