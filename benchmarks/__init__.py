"""Side by side with the peers and with hand-written NumPy: `python -m benchmarks`.

What is measured, and how:

- **One process for each competitor**, started the same way and kept for the whole run, so that none lives with
  another's imports, threads, garbage or memory. The rounds are interleaved: in each, every competitor runs once, in an
  order that rotates. A ratio is taken within a round; the table shows the rounds' median and, beside it, the quartiles.
- **First the numbers.** Values, gradients and, where there is an update, the parameters after one step are compared
  with a derivation by hand. What may differ is what rounding makes of them: ε for each rounding on the longest way from
  the data to the number, relative to the array's largest (`case.Workload.tolerance`). A competitor that disagrees ends
  the run.
- **Processor time** of the competitor's process, with all its threads: a neighbour on the machine, who would be in the
  time of day, is not in it (in the caches he still is).
- **One thread.** OPENBLAS_NUM_THREADS=1 and its like are in the environment before anything imports NumPy.
- **The garbage collector is on**, as it is for everybody. (`memory` alone turns it off, to see what it would find.)
- **Memory**: glibc gives large blocks back to the kernel when they are freed, and the next one is paid for in page
  faults; how many depends on sizes, on what was freed before, and on the kernel. `warmed` means that every process was
  started with MALLOC_MMAP_MAX_=0, a large MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_, so that the allocator keeps what
  it has; `--fresh` measures some workloads again in processes without, which is how a script runs.
- **Calls.** A round lasts long enough to be timed (`--quick`: less so), after untimed calls that warm the caches and
  compile. What is compiled is compiled before the first round; `first-call` measures that.
- **What is not installed** is listed as that and left out; so are rows of ours that this version does not have. The
  extra `bench` installs all peers; tinygrad compiles with clang (`CC=clang-14` where that is its name).
- **How long it takes**: `--quick`, which leaves out what compiles for long and the large network, some two minutes;
  all of it some ten. After `--minutes` no further workload is begun, and which are left out is said. A competitor that
  gives no answer for two minutes has failed, and the others go on.

The reference of most is `by_hand`: the same numbers by NumPy with `out=`, in place, without an avoidable temporary.
`NumPy, plain` is the same derivation without that care.

Rooms: `environment` (threads, memory, versions), `case` (what a workload is made of), `engines` (a formula written once
over each engine), `worker` (a competitor's process), `timing` (rounds and ratios), `checks` (do the numbers agree),
`table` and `markdown` (what is printed and written), `plot` (what is drawn), `by_hand`, `workloads/`. Apart from them
`watch` (one workload over commits) and `gradcheck_score`.
"""
