"""Seeded inputs: the named distributions for every element type, and the sweeps
that name every value which matters to a conversion.

Every array depends on its arguments alone.
"""

import zlib

import numpy as np

from truth import BF16, E8M0, F16, F32, LARGEST, bits

DISTRIBUTIONS = ("normal", "uniform", "outliers", "specials")

# Mantissa bits of the types that inputs, weights and results have.
_MANTISSA = {F32: 23, F16: 10, BF16: 7}


def array(distribution, shape, dtype, seed):
    """An array `shape` of `dtype` from a named distribution.

    `normal`, `uniform` (in [-1, 1)) and `outliers` (normal, with a few large
    columns) are what they say; FP8 codes are scaled to fill their type's range,
    and E8M0 scales are near 1. `specials` are rows of one hard kind each (see
    `_KINDS`), `mixed` are columns of these (for weights); for codes and E8M0 any
    byte is as likely as any other. The others are for `linear` and sweeps:
    `nonfinite` is normal, with some NaN and infinity in two of three rows;
    `integers` are so small that every sum of products of them is exact in f32;
    `ones` are ones.
    """
    if 0 in shape:
        return np.empty(shape, dtype)
    rng = np.random.default_rng([seed, zlib.crc32(distribution.encode())])
    if distribution in ("specials", "mixed") and dtype not in _MANTISSA:
        return rng.integers(0, 256, shape, np.uint8).view(dtype)
    if distribution == "specials":
        return _specials(rng, shape, dtype)
    if distribution == "mixed":
        return _mixed(rng, shape, dtype)

    if distribution == "integers":
        if dtype == E8M0:
            return rng.integers(127, 130, shape, np.uint8).view(E8M0)
        x = rng.integers(-4, 5, shape).astype(F32)
    elif distribution == "ones":
        x = np.ones(shape, F32)
    else:
        x = _floats(rng, distribution, shape)
        if dtype == E8M0:
            return (127 + np.clip(np.rint(2 * x), -20, 20)).astype(np.uint8).view(E8M0)
        if dtype in LARGEST:
            x *= np.float32(LARGEST[dtype] / 4)
    if dtype in LARGEST:
        x = np.clip(x, -LARGEST[dtype], LARGEST[dtype])
    return x.astype(dtype)


def _floats(rng, distribution, shape):
    if distribution == "uniform":
        return rng.random(shape, F32) * np.float32(2) - np.float32(1)
    x = rng.standard_normal(shape, F32)
    if distribution == "outliers":
        x[..., _few(rng, shape[-1])] *= np.float32(100)
    elif distribution == "nonfinite":
        rows = x.reshape(-1, shape[-1])
        rows[1::3, _few(rng, shape[-1])] = np.nan
        rows[2::3, _few(rng, shape[-1])] *= np.float32(np.inf)
    elif distribution != "normal":
        raise ValueError(f"no distribution is called {distribution}")
    return x


def _few(rng, n):
    """Some of n columns: one in 256, and at least one."""
    return rng.choice(n, max(1, n // 256), replace=False)


# --- specials ------------------------------------------------------------------


def _specials(rng, shape, dtype):
    n = shape[-1]
    x = np.empty((int(np.prod(shape[:-1])), n), dtype)
    first = rng.integers(len(_KINDS))
    for i, row in enumerate(x):
        row[:] = _KINDS[(first + i) % len(_KINDS)](rng, n, dtype)
    return x.reshape(shape)


def _mixed(rng, shape, dtype):
    n = shape[-1]
    kinds = _specials(rng, (*shape[:-1], len(_KINDS), n), dtype)
    return kinds[..., np.arange(n) % len(_KINDS), np.arange(n)]


def _largest_bits(dtype):
    """The pattern of the largest finite value: infinity's is the next."""
    return int(bits(np.array(np.inf, dtype))) - 1


def _with_signs(rng, patterns, dtype):
    sign = 1 << (8 * dtype.itemsize - 1)
    patterns = patterns | sign * rng.integers(0, 2, len(patterns))
    return patterns.astype(f"u{dtype.itemsize}").view(dtype)


def _zero(rng, n, dtype):
    """Zeros of both signs."""
    return _with_signs(rng, np.zeros(n, np.int64), dtype)


def _positive_zero(rng, n, dtype):
    return np.zeros(n, dtype)


def _huge(rng, n, dtype):
    """Up to the largest finite value, the squares of which f32 cannot hold."""
    largest = _largest_bits(dtype)
    octaves = 2 << _MANTISSA[dtype]
    patterns = rng.integers(largest - octaves, largest + 1, n)
    patterns[rng.integers(n)] = largest
    return _with_signs(rng, patterns, dtype)


def _tiny(rng, n, dtype):
    """On both sides of the smallest normal value."""
    return _with_signs(rng, rng.integers(0, 4 << _MANTISSA[dtype], n), dtype)


def _subnormal(rng, n, dtype):
    return _with_signs(rng, rng.integers(1, 1 << _MANTISSA[dtype], n), dtype)


def _faint(rng, n, dtype):
    """Normal values (f16's vanish) with subnormal squares."""
    return np.ldexp(rng.standard_normal(n, F32), -68).astype(dtype)


def _infinite(rng, n, dtype):
    """A few infinities of both signs among normal values."""
    x = rng.standard_normal(n, F32).astype(dtype)
    few = _few(rng, n)
    x[few] = _with_signs(rng, np.full(len(few), _largest_bits(dtype) + 1), dtype)
    return x


def _nan(rng, n, dtype):
    """A few NaNs of any payload and sign, signaling ones too."""
    x = rng.standard_normal(n, F32).astype(dtype)
    few = _few(rng, n)
    payloads = rng.integers(1, 1 << _MANTISSA[dtype], len(few))
    x[few] = _with_signs(rng, _largest_bits(dtype) + 1 + payloads, dtype)
    return x


def _any(rng, n, dtype):
    """Finite values of every exponent."""
    return _with_signs(rng, rng.integers(0, _largest_bits(dtype) + 1, n), dtype)


# Of rows. Neighbours differ: small M should meet both the large and the small.
_KINDS = (_zero, _huge, _tiny, _nan, _subnormal, _infinite, _positive_zero, _any,
          _faint)


# --- Sweeps --------------------------------------------------------------------
# Each returns one dimension, which `rows` folds.


def rows(x, width, first=None):
    """The values of `x` in rows of `width` columns, the last row filled up with
    values again; or, in rows of one less, each behind the value `first`."""
    columns = width if first is None else width - 1
    x = np.resize(x, (-(-x.size // columns), columns))
    if first is None:
        return x
    return np.concatenate([np.full((len(x), 1), first, x.dtype), x], axis=-1)


def every_pattern(dtype):
    """All patterns of a type of 8 or 16 bits."""
    width = 8 * dtype.itemsize
    return np.arange(1 << width).astype(f"u{dtype.itemsize}").view(dtype)


def up_to(largest, x):
    """The values of `x` of at most a magnitude."""
    return x[np.abs(x.astype(F32)) <= largest]


def f32_sweep():
    """f32: every exponent and sign, with the mantissas that lie on, and one off,
    a tie of a rounding at any bit, above an even and an odd neighbour. The
    exponent of all ones makes infinities and NaNs of every class.
    """
    mantissas = set()
    for bit in range(24):
        for upper in (1, 3, 1 << 24):
            mantissas |= {(upper << bit) + d & (1 << 23) - 1 for d in (-1, 0, 1)}
    upper = np.arange(512)[:, None] << 23
    return (upper | np.array(sorted(mantissas))).astype(np.uint32).view(F32).reshape(-1)


def around_codes(codes):
    """f32: every value of an FP8 type, every tie between two of them and both
    neighbours of each, of both signs."""
    values = np.unique(np.abs(up_to(LARGEST[codes], every_pattern(codes)).astype(F32)))
    # Exact: a tie has one more bit.
    ties = (values[1:] + values[:-1]) / np.float32(2)
    x = _with_neighbours(np.concatenate([values, ties]))
    return np.concatenate([x, -x])


def products_near_ties(codes, dtype):
    """Codes and f32 scales, whose products are within half an ulp of f32 of the
    ties of bf16 or f16 but not, or seldom, equal to them."""
    values = every_pattern(dtype).astype(F32)
    values = values[(values > 2.0**-12) & (values < 2.0**12)]
    ties = values[:-1] + np.diff(values) / np.float32(2)
    x = np.linspace(1.1, 1.9, len(ties), dtype=F32).astype(codes)
    return x, ties / x.astype(F32)


def powers_of_two():
    """f32: every power of two, subnormal ones too, and its neighbours."""
    return _with_neighbours(np.ldexp(np.float32(1), np.arange(-149, 128)))


def _with_neighbours(x):
    return np.concatenate([np.nextafter(x, F32.type(-np.inf)), x,
                           np.nextafter(x, F32.type(np.inf))])


def exp_arguments():
    """f32: a dense sweep of exp's range and a little more; the neighbourhoods
    where n changes (odd multiples of ln 2 / 2) and where exp overflows, becomes
    subnormal and zero; and `f32_sweep`."""
    dense = np.linspace(-110, 110, 1 << 17)
    steps = np.arange(-303, 304, 2) * (np.log(2) / 2)
    limits = [88.722839, -87.336545, -103.97208, 104, -104]
    centres = np.concatenate([steps, limits, [-x for x in limits]]).astype(F32)
    around = centres + np.arange(-8, 9, dtype=F32)[:, None] * np.spacing(centres)
    return np.concatenate([dense.astype(F32), around.reshape(-1), f32_sweep()])
