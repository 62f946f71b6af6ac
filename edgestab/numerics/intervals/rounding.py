"""By how much computed ends are moved outwards; see `edgestab.numerics.intervals.arithmetic`."""

UNIT = 2.0**-53
"""The most that one rounding errs, relative to its result."""

PHI = UNIT * (1 + 2.0**-52)
"""The inflation for one rounding."""

INEXACT = 3 * UNIT * (1 + 2.0**-49)
"""The inflation for two roundings, that of a constant and that of a product with it, and for its own."""

TINY = 2.0**-1074
"""The least positive double: the most that an underflow errs."""

MOST = 1.7976931348623157e308
"""The largest double."""
