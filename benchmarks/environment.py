"""What must be the same for all competitors: threads, the allocator's state, and which versions they are."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from typing import Any

THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",  # XLA sizes its thread pool by it
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
    "DEV": "CPU",  # tinygrad's device; it compiles with clang (another name of it: CC=clang-14)
}

PEERS = {  # as the tables call them: the module to import, which is the distribution's name too
    "tinygrad_bp": "tinygrad_bp",
    "tinygrad_bp jit": "tinygrad_bp",
    "micrograd": "micrograd",
    "autograd": "autograd",
    "MyGrad": "mygrad",
    "PyTorch": "torch",
    "torch.compile": "torch",
    "JAX": "jax",
    "JAX jit": "jax",
    "tinygrad": "tinygrad",
    "tinygrad jit": "tinygrad",
    "SciPy": "scipy",
}

KEPT = {  # what glibc's allocator is told in a warmed process: keep every block that is freed
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "MALLOC_TOP_PAD_": str(64 << 20),
}

SLOW = frozenset({"torch.compile", "JAX", "tinygrad", "tinygrad jit"})  # long in starting: they compile


def one_thread() -> None:
    """Set the environment that every competitor starts in; it acts on libraries that are imported later."""
    os.environ.update(THREADS)


@contextlib.contextmanager
def allocator(regime: str) -> Iterator[None]:
    """Inside, processes start with an allocator that keeps what is freed ("warmed"), or with the system's ("fresh")."""
    before = {name: os.environ.pop(name, None) for name in KEPT}
    if regime == "warmed":
        os.environ.update(KEPT)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def warm_allocator() -> None:
    """In a process that runs already: take and release one large block, after which glibc keeps what is smaller."""
    import numpy as np

    block = np.empty(31 << 20, dtype=np.uint8)
    block[:: 1 << 12] = 1
    del block


def installed(peer: str) -> bool:
    """Whether a peer is there; of ours also whether this version has what is asked for. Peers are not imported."""
    if peer == "tinygrad_bp jit":
        import tinygrad_bp

        return hasattr(tinygrad_bp, "jit")
    return installed_module(PEERS[peer])


def version(distribution: str) -> str | None:
    """The installed version, or None."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def describe() -> dict[str, Any]:
    """The machine and the versions, for the head of a report."""
    versions = {name: version(name) for name in ("numpy", *PEERS.values())}
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "libc": " ".join(platform.libc_ver()),
        "threads": 1,
        "collector": "on",
        "versions": {
            name: found or ("in the tree" if installed_module(name) else None) for name, found in versions.items()
        },
    }


def installed_module(module: str) -> bool:
    """Whether a module can be found, installed or not."""
    return importlib.util.find_spec(module) is not None


def _processor() -> str:
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    return platform.processor()
