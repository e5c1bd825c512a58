"""The network of the lecture notes and its gradient by the δ recurrence, written by hand: NumPy alone, no engine.

The layers are numbered as in the notes, 1 (the input) to L (the output):

    a^(1) = x,    z^(l+1) = W^(l) a^(l) + b^(l),    a^(l) = f(z^(l))

with names ``W1 b1 z2 a2 delta2 W2 b2 z3 a3 delta3 …``. Files, in the order of their imports:

    activations.py   f and f' (N2)
    heads.py         output layer, cost and δ^(L) (N3, N5, N10)
    architecture.py  sizes, names and shapes of the parameters
    examples.py      X and Y checked
    forward.py       z, a and the cost J (N1, N4, N11, N12): plain NumPy, which the engine differentiates as it stands
    delta.py         the δ recurrence, vectorised, and its steps (N7, N8, N14 to N17)
    literal.py       the same as the notes write it, in loops
    descent.py       gradient descent (N6)
    storage.py       a network in a file
    network.py       Network
"""

from tinygrad_bp.network.activations import ACTIVATIONS
from tinygrad_bp.network.architecture import COSTS, OUTPUTS, Architecture
from tinygrad_bp.network.delta import Steps, bias_gradient, decay_term, hidden_delta, weight_gradient
from tinygrad_bp.network.network import Network

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "OUTPUTS",
    "Architecture",
    "Network",
    "Steps",
    "bias_gradient",
    "decay_term",
    "hidden_delta",
    "weight_gradient",
]
