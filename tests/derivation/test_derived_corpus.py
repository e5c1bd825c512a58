"""Mechanical slips in derivations that nobody wrote down beforehand: those that `derive` prints of random programs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from tinygrad_bp import derive

from .corpus import KINDS, Steps
from .corpus.blame import by_engine, by_steps
from .corpus.mutants import Mutant, mutants
from .corpus.random_programs import program

SEEDS = range(12)


def points(seed: int) -> list[tuple[Any, ...]]:
    return [program(seed).arguments(np.random.default_rng(point)) for point in range(2)]


@cache
def derived(seed: int) -> Steps:
    return Steps(derive(program(seed).cost, *points(seed)[0]).source, {})


@cache
def made(seed: int) -> list[Mutant]:
    return mutants(derived(seed), points(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_printed_is_right_elsewhere_too(seed: int) -> None:
    for point in points(seed):
        verdicts = by_engine(program(seed).cost, derived(seed).function()(*point), point)
        assert set(verdicts.values()) == {"right"}
        assert verdicts.keys() == set(derived(seed).quantities.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slip_in_it_is_wrong_at_its_own_step_alone(seed: int) -> None:
    for mutant in made(seed)[::41]:
        verdicts = by_steps(derived(seed), mutant.steps, points(seed)[0])
        wrong = [quantity for quantity, verdict in verdicts.items() if verdict == "wrong"]
        assert wrong == [derived(seed).quantities[mutant.step]], str(mutant)


def test_slips_of_every_word_are_made() -> None:
    assert {word for seed in SEEDS for mutant in made(seed) for word in mutant.acceptable} == KINDS
    assert sum(len(made(seed)) for seed in SEEDS) > 6000
