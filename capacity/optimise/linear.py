"""Linear constraints in their shortest form: none where it always holds, divided by the common divisor otherwise."""

from __future__ import annotations

import math

from ortools.sat.python import cp_model

from capacity.optimise.variables import most_of


def limit(model: cp_model.CpModel, counts: list[cp_model.IntVar], most: int) -> None:
    """Add sum(counts) <= most, unless it always holds."""
    unique = list({id(count): count for count in counts}.values())
    if sum(most_of(count) for count in unique) > most:
        model.add(sum(counts) <= most)


def at_most(model: cp_model.CpModel, terms: list[tuple[cp_model.IntVar, int]], most: int) -> None:
    """Add sum(coefficient x variable) <= most, divided by the common divisor of the coefficients."""
    if terms:
        divisor = math.gcd(*(coefficient for _, coefficient in terms)) or 1
        model.add(sum(variable * (coefficient // divisor) for variable, coefficient in terms) <= most // divisor)
    elif most < 0:
        model.add_bool_or([])


def at_least(model: cp_model.CpModel, terms: list[tuple[cp_model.IntVar, int]], least: int) -> None:
    """Add sum(coefficient x variable) >= least, divided by the common divisor of the coefficients."""
    divisor = math.gcd(*(coefficient for _, coefficient in terms)) or 1
    model.add(sum(variable * (coefficient // divisor) for variable, coefficient in terms) >= -(-least // divisor))
