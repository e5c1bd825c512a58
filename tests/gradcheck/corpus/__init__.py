"""A corpus for gradient checks: functions where naive checks lie, and mutants of hand-written back-propagation.

traps       functions, each at a point, with a candidate and the verdicts that are right
networks    hand-written back-propagation, in the plain NumPy that people write
operators   how a derivation goes wrong, as changes of its syntax tree, fixed before any result was seen
mutants     the operators applied to the networks at every place; each verified to change the gradient
missed      cases that were missed once; they stay
score       python -m tests.gradcheck.corpus.score: run a checker on all of it
statistics  python -m tests.gradcheck.corpus.statistics: the long runs behind the stated figures
"""
