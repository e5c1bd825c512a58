"""The formulas and words of the notes as claims: left side and right side as the notes write them, slips and all.

What the text leaves open is left open here, by asking the `Notation` for a reading. Words are stated as what they let
one compute; that is in brackets. Every claim carries the formula as it should read, which is only given as a correction
where it has been found to hold.
"""

# ruff: noqa: E741 (l is the layer index of the notes)

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .claim import Claim
from .notation import to
from .readings import SQUARED_ERROR
from .sides import (
    all_squares,
    biases,
    computed,
    delta_of_the_formulas,
    descended,
    from_one_examples,
    hidden,
    mean_cost,
    mean_gradient_b,
    mean_gradient_w,
    mean_norm_of_squared_error,
    mean_squared_error,
    once,
    output_delta,
    output_in_words,
    output_neurons,
    output_of_softmax,
    output_slope,
    output_truth,
    outputs,
    parameters,
    recurrence,
    squares,
    weights,
    whole_gradient,
)


def corrected(claim: Claim, formula: str = "", **changes: Any) -> Claim:
    """The claim, with itself so changed as its correction."""
    return replace(claim, corrected=replace(claim, formula=formula or claim.formula, **changes))


# N10 and what follows are about the squared error: 4.1 says "loss = ½‖y − h_{w,b}(x)‖²", and J̄ is defined by N11.

BESIDE_N10 = (
    corrected(
        Claim(
            "N10a",
            "h_{w,b}(x) = Σ a_i",
            heads=(SQUARED_ERROR,),
            over=outputs,
            left=lambda n, i: n.h(i),
            right=lambda n, i: sum(n.a(n.L, k) for k in to(n.S(n.L))),
        ),
        "h_{w,b}(x) = a^(n), the vector of the a_i^(n), not their sum",
        right=lambda n, i: n.a(n.L, i),
    ),
    corrected(
        Claim(
            "N10b",
            "0 = f'(z_i^(n))",
            heads=(SQUARED_ERROR,),
            over=outputs,
            left=lambda n, i: 0.0,
            right=lambda n, i: n.f_prime(n.L, i),
        ),
        "o_i = f(z_i^(n)): o, the output, for 0, and f for f'",
        left=lambda n, i: n.h(i),
        right=lambda n, i: n.f(n.L, n.z(n.L, i)),
    ),
)

CLAIMS = (
    corrected(
        Claim(
            "N1",
            "z_i^{l+1} = Σ_{j=1}^{S_l} W_ij a_j^l",
            over=biases,
            left=lambda n, l, i: n.z(l + 1, i),
            right=lambda n, l, i: sum(n.w(l, i, j) * n.a(l, j) for j in n.inputs(l)),
        ),
        "z_i^(l+1) = Σ_{j=1}^{S_l} w_ij^(l) a_j^(l) + b_i^(l)",
        right=lambda n, l, i: sum(n.w(l, i, j) * n.a(l, j) for j in to(n.S(l))) + n.b(l, i),
    ),
    corrected(
        Claim(
            "N2",
            "a_i^{l+1} = f(z_i^{l+1})",
            over=hidden,  # the notes come to the output layer after this
            left=lambda n, l, i: n.a(l, i),
            right=lambda n, l, i: n.f(l, n.z(l, i)),
        )
    ),
    corrected(
        Claim(
            "N3",
            "到了 N_L 层: 二分类, 一样的做法 [a_i = f(z_i), δ_i = a_i − y_i]; softmax, 这时一般用 cross entropy loss "
            "[δ_i = a_i − y_i]; 或者用不同 softmax, 直接 square-error [δ_i = (a_i − y_i) f'(z_i)]",
            heads=(SQUARED_ERROR,),  # each part names its own
            over=output_neurons,
            left=output_truth,
            right=output_in_words,
        ),
        "with squared error on a softmax, δ_i = Σ_k (a_k − y_k) ∂a_k/∂z_i",
        right=output_of_softmax,
    ),
    corrected(
        Claim(
            "N4",
            "J(w,b) = [1/m Σ_{i=1}^m J(w,b; x^(i), y^(i))] + λ/2 Σ_{i=1}^{n_1} Σ_{j=1}^{n_2} Σ_{k=1}^{n_3} (w_ji^(k))²",
            over=once,
            left=lambda n: n.value(n.J),
            right=lambda n: mean_cost(n) + n.decay / 2 * squares(n),
        ),
        "J(w,b) = 1/m Σ_{i=1}^m J(w,b; x^(i), y^(i)) + λ/2 Σ_{k=1}^{L-1} Σ_{i=1}^{S_k} Σ_{j=1}^{S_{k+1}} (w_ji^(k))²",
        right=lambda n: mean_cost(n) + n.decay / 2 * all_squares(n),
    ),
    corrected(
        Claim(
            "N5",
            "J(w,b) = [1/m Σ_{i=1}^m ‖ ½ ‖h_{w,b}(x^(i)) − y^(i)‖² ‖] "
            "+ λ/2 Σ_{i=1}^{n_1} Σ_{j=1}^{n_2} Σ_{k=1}^{n_3} (w_ji^(k))²",
            over=once,
            left=lambda n: n.value(n.J),
            right=lambda n: mean_norm_of_squared_error(n) + n.decay / 2 * squares(n),
        ),
        "with the squared error, J(w,b) = 1/m Σ_{i=1}^m ½ ‖h_{w,b}(x^(i)) − y^(i)‖² "
        "+ λ/2 Σ_{k=1}^{L-1} Σ_{i=1}^{S_k} Σ_{j=1}^{S_{k+1}} (w_ji^(k))²",
        heads=(SQUARED_ERROR,),
        right=lambda n: mean_squared_error(n) + n.decay / 2 * all_squares(n),
    ),
    corrected(
        Claim(
            "N6",
            "w_ji^(k) = w_ji^(k) − α ∂J(w,b)/∂w_ji^(k); b_i^(k) = b_i^(k) − α ∂J(w,b)/∂b_i^(k)",
            over=parameters,
            left=lambda n, *index: n.left_of_equals(*index),
            right=descended,
        ),
        "w_ji^(k) ← w_ji^(k) − α ∂J(w,b)/∂w_ji^(k); b_i^(k) ← b_i^(k) − α ∂J(w,b)/∂b_i^(k)",
        left=lambda n, *index: n.after_step(*index),
    ),
    corrected(
        Claim(
            "N7",
            "∂J(w,b)/∂w_ji^(k) = 1/m Σ_{i=1}^m ∂J(w,b; x,y)/∂w_ji^(k) + λ w_ji^(k)",
            over=weights,
            left=lambda n, k, j, i: n.d_dw(n.J, k, j, i),
            right=lambda n, k, j, i: (
                sum(n.summed(s).d_dw(n.summed(s).Jxy, k, j, n.neuron(i, of_sum=s)) for s in to(n.m)) / n.m
                + n.decay * n.w(k, j, i)
            ),
        ),
        "∂J(w,b)/∂w_ji^(k) = 1/m Σ_{s=1}^m ∂J(w,b; x^(s), y^(s))/∂w_ji^(k) + λ w_ji^(k)",
        right=mean_gradient_w,
    ),
    corrected(
        Claim(
            "N8",
            "∂J(w,b)/∂b_i^(k) = [1/m Σ_{i=1}^m ∂J(w,b; x,y)/∂b_i^(k)]",
            over=biases,
            left=lambda n, k, i: n.d_db(n.J, k, i),
            right=lambda n, k, i: (
                sum(n.summed(s).d_db(n.summed(s).Jxy, k, n.neuron(i, of_sum=s)) for s in to(n.m)) / n.m
            ),
        ),
        "∂J(w,b)/∂b_i^(k) = 1/m Σ_{s=1}^m ∂J(w,b; x^(s), y^(s))/∂b_i^(k)",
        right=mean_gradient_b,
    ),
    corrected(
        Claim(
            "N9",
            "关键还是求 ∂J(w,b; x,y)/∂w_ji^(k) 和 ∂J(w,b; x,y)/∂b_i^(k) [by their mean, and λ w, all of ∂J]",
            over=parameters,
            left=whole_gradient,
            right=from_one_examples,
        )
    ),
    corrected(
        Claim(
            "N10",
            "∂ ½‖y_i − h_{w,b}(x)‖² / ∂z_i^(n) = (y_i − f(z_i^(n))) · (−f'(z_i^(n)))",
            heads=(SQUARED_ERROR,),
            over=outputs,
            left=output_slope,
            right=output_delta,
            beside=BESIDE_N10,
        ),
        "∂ ½‖y − h_{w,b}(x)‖² / ∂z_i^(n) = (y_i − f(z_i^(n))) · (−f'(z_i^(n)))",
        left=lambda n, i: n.d_dz(n.Jxy, n.L, i),
    ),
    corrected(
        Claim(
            "N11",
            "J̄(w,b) = 1/m Σ_{i=1}^m ½‖h_{w,b}(x^(i)) − y^(i)‖² "
            "+ λ/2 Σ_{l=1}^{L-1} Σ_{i=1}^{S_l} Σ_{j=1}^{S_{l+1}} (w_ij^(l))²",
            heads=(SQUARED_ERROR,),
            over=once,
            left=lambda n: n.value(n.J),
            right=lambda n: (
                mean_squared_error(n)
                + n.decay / 2 * sum(n.w(l, i, j) ** 2 for l in to(n.L - 1) for i in to(n.S(l)) for j in to(n.S(l + 1)))
            ),
        ),
        "J̄(w,b) = 1/m Σ_{i=1}^m ½‖h_{w,b}(x^(i)) − y^(i)‖² "
        "+ λ/2 Σ_{l=1}^{L-1} Σ_{i=1}^{S_l} Σ_{j=1}^{S_{l+1}} (w_ji^(l))²",
        right=lambda n: mean_squared_error(n) + n.decay / 2 * all_squares(n),
    ),
    corrected(
        Claim(
            "N12",
            "for i = 1…S_l: z_i^(l) = Σ_{j=1}^{S_{l-1}} w_ij^(l-1) a_j^(l-1); a_i^(l) = f(z_i^(l))",
            heads=(SQUARED_ERROR,),
            over=computed,
            left=lambda n, l, i: (n.z(l, i), n.a(l, i)),
            right=lambda n, l, i: (
                sum(n.w(l - 1, i, j) * n.a(l - 1, j) for j in n.inputs(l - 1)),
                n.f(l, n.z(l, i)),
            ),
        ),
        "for i = 1…S_l: z_i^(l) = Σ_{j=1}^{S_{l-1}} w_ij^(l-1) a_j^(l-1) + b_i^(l-1); a_i^(l) = f(z_i^(l))",
        right=lambda n, l, i: (
            sum(n.w(l - 1, i, j) * n.a(l - 1, j) for j in to(n.S(l - 1))) + n.b(l - 1, i),
            n.f(l, n.z(l, i)),
        ),
    ),
    corrected(
        Claim(
            "N13",
            "δ_i^(l) [of N10 and N14] = neuron activation 对 general loss 的 sensitivity [∂J/∂a_i^(l)]",
            heads=(SQUARED_ERROR,),
            over=computed,
            left=delta_of_the_formulas,
            right=lambda n, l, i: n.delta(l, i, of="a"),
        ),
        "δ_i^(l) = ∂J(w,b; x,y)/∂z_i^(l), the sensitivity of the loss to the neuron's weighted input",
        right=lambda n, l, i: n.d_dz(n.Jxy, l, i),
    ),
    corrected(
        Claim(
            "N14",
            "δ_i^(l) = Σ_{j=1}^{S_{l+1}} (w_ji^(l) δ_j^(l+1)) f'(z_i^(l))",
            heads=(SQUARED_ERROR,),
            over=hidden,
            left=lambda n, l, i: n.delta(l, i),
            right=recurrence,
        )
    ),
    corrected(
        Claim(
            "N15",  # J̄(w,b) is J(w,b), and so J̄(w,b; x,y) is J(w,b; x,y) of N4, which has no decay
            "∂J̄(w,b; x,y)/∂w_ij^(l) = a_j^(l) · δ_i^(l+1)",
            heads=(SQUARED_ERROR,),
            over=weights,
            left=lambda n, l, i, j: n.d_dw(n.Jxy, l, i, j),
            right=lambda n, l, i, j: n.a(l, j) * n.delta(l + 1, i),
        )
    ),
    corrected(
        Claim(
            "N16",
            "∂J̄/∂w = (∂J̄/∂a) ∂a/∂w = δ_i^(l+1) · a_j^(l)",
            heads=(SQUARED_ERROR,),
            over=weights,
            left=lambda n, l, i, j: (n.d_dw(n.Jbar, l, i, j), n.d_dw(n.Jbar, l, i, j)),
            right=lambda n, l, i, j: (
                n.chain_dw(n.Jbar, "a", l, i, j),
                n.delta(l + 1, i, of="a") * n.a(l, j),  # δ in the place of ∂J̄/∂a, as N13 has it in words
            ),
        ),
        "∂J̄(w,b; x,y)/∂w_ij^(l) = (∂J̄/∂z_i^(l+1)) (∂z_i^(l+1)/∂w_ij^(l)) = δ_i^(l+1) · a_j^(l)",
        left=lambda n, l, i, j: (n.d_dw(n.Jxy, l, i, j), n.d_dw(n.Jxy, l, i, j)),
        right=lambda n, l, i, j: (
            n.chain_dw(n.Jxy, "z", l, i, j),
            n.d_dz(n.Jxy, l + 1, i) * n.a(l, j),
        ),
    ),
    corrected(
        Claim(
            "N17",
            "∂J̄/∂b = (∂J̄/∂a) · (∂a/∂b)",
            heads=(SQUARED_ERROR,),
            over=biases,
            left=lambda n, l, i: n.d_db(n.Jbar, l, i),
            right=lambda n, l, i: n.chain_db(n.Jbar, "a", l, i),
        )
    ),
)
"""N1 to N17, in order."""
