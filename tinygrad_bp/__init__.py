"""tinygrad_bp: is this gradient right, and if not, where and why."""

from .checkpoint import checkpoint
from .recording import name, no_grad
from .rules import bilinear, elementwise, linear, primitive
from .rules.activations import leaky_relu, log_softmax, relu, sigmoid, softmax, softplus
from .rules.reductions import logsumexp
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .value import Value

__version__ = "0.1.0"

__all__ = [
    "Value",
    "bilinear",
    "checkpoint",
    "elementwise",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsumexp",
    "name",
    "no_grad",
    "primitive",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "value_and_grad",
    "vjp",
]
