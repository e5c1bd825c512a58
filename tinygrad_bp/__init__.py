"""Is this gradient right, and if not, where and why.

The rooms, in the order of their imports (each knows only those above it; `network` and the engine know nothing of each
other, which is what makes comparing them worth anything):

    quiet          functions that NumPy does not warn of
    rules/         the tables of derivatives: kinds.py, then a file for each family of NumPy functions
    tracing/       numbers that remember how they were computed: what a program is made of
    memory, leaf   who else can reach an array; what a Value may hold
    node           what a recording is made of
    handing        what is handed to a rule, and what is made of what it gives
    reverse        a reverse pass under way
    sweep          the two passes over it, as pure functions
    context        whether operations are recorded: no_grad
    recording      record(): what operators and NumPy's protocols lead to
    calls          functions written in others: what is said of a call that goes wrong
    dispatch       the frequent calls in few steps
    operators      Python's operators, and the short way of numbers
    flat           a graph as a flat list, for pickling
    methods        the methods that arrays have too
    value          Value
    tree           arguments that are containers
    run            one run of a function on fresh nodes
    transforms     grad, value_and_grad, vjp, jvp, hvp
    jacobians      jacobian, hessian
    checkpoint     memory for time
    program/       a traced function as a list of steps, to read and to replay
    gradcheck/     is a gradient right? with a measured bound
    network/       the network of the lecture notes and its δ recurrence, by hand: NumPy only
    data/          the handwritten digits
    derivation/    the engine's derivation in named steps, and one by hand held against it
    audit/         the notes' formulas as claims, each judged
    training/      a network trained while three derivations of its gradient are compared
    cli/           the command line
"""

from .audit import audit
from .checkpoint import checkpoint
from .context import no_grad
from .derivation import compare, derive, smallest_counterexample
from .gradcheck import gradcheck
from .jacobians import hessian, jacobian
from .memory import constant
from .network import Network
from .program import Program, jit, trace
from .recording import name
from .rules import bilinear, elementwise, linear, primitive
from .rules.activations import leaky_relu, log_softmax, relu, sigmoid, softmax, softplus
from .rules.losses import cross_entropy
from .rules.reductions import logsumexp
from .transforms import grad, hvp, jvp, value_and_grad, vjp
from .value import Value

__version__ = "0.1.0"

__all__ = [
    "Network",
    "Program",
    "Value",
    "audit",
    "bilinear",
    "checkpoint",
    "compare",
    "constant",
    "cross_entropy",
    "derive",
    "elementwise",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jit",
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
    "smallest_counterexample",
    "softmax",
    "softplus",
    "trace",
    "value_and_grad",
    "vjp",
]
