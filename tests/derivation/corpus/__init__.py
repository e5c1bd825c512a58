"""Derivations by hand, right ones, and the slips that are planted in them."""

from . import (
    attention,
    batch_norm,
    convolution,
    gaussian,
    k_means,
    layer_norm,
    logistic_regression,
    matrix_factorisation,
    notes_cross_entropy,
    notes_squared_error,
    principal_component,
    recurrent,
    softmax_regression,
)
from .case import Case
from .slips import KINDS, Edit, Slip
from .steps import Steps

CORPUS: list[Case] = [
    Case.of(module)
    for module in (
        softmax_regression,
        logistic_regression,
        layer_norm,
        batch_norm,
        attention,
        recurrent,
        convolution,
        gaussian,
        matrix_factorisation,
        k_means,
        principal_component,
        notes_squared_error,
        notes_cross_entropy,
    )
]

__all__ = ["CORPUS", "KINDS", "Case", "Edit", "Slip", "Steps"]
