"""Training while three derivations of one gradient are compared: the δ recurrence, the engine, and differences.

Above both `network/` and the engine, which know nothing of each other. NumPy and the standard library only. Files:

    tables.py       a data set from a .csv or .npz file
    examples.py     its examples, split and standardised
    differences.py  the slope of a function of one number, by differences that know their own error
    agreement.py    the three derivations of one gradient, compared array by array
    run.py          training, checked at the start, every few epochs and at the end, and tested
"""
