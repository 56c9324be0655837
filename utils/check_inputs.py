"""Rows for check-gpu.py: what a kernel should get right, as plain bits.

Of floats, rows of every kind of `_KINDS` take turns; the first rows of a tensor meet
all of them, whatever its size. Needs NumPy only: bf16 is uint16, FP8 uint8.
"""

import numpy as np

# Patterns of FP8 without the sign: those of NaN and infinity.
_NOT_FINITE = {"f8E4M3FN": range(0x7F, 0x80), "f8E5M2": range(0x7C, 0x80),
               "f8E4M3FNUZ": ()}


def rows(type, count, width, seed, plain=False):
    """Bits of `count` rows of `width` elements of an MLIR type; of floats, those of a
    normal distribution if `plain`."""
    rng = np.random.default_rng([seed, count, width])
    if type == "f8E8M0FNU":
        return _scales(rng, count, width)
    if type.startswith("f8"):
        return _codes(rng, type, count, width)
    return _round(_normal(rng, count, width) if plain else _floats(rng, count, width), type)


def weight(type, width, seed, special):
    """A norm's weight: around one, with special values among them if `special`."""
    values = _normal(np.random.default_rng(seed), 1, width)[0] * 0.1 + 1
    if special:
        bits = values.view(np.uint32)
        for i, pattern in enumerate((0x80000000, 0, 0x7FA00000, 0xFF800000, 0x00400000,
                                     0x7F7F0000, 0x80010000)):
            bits[(i * 37 + 5) % width::997] = pattern
    return _round(values, type)


def num_kinds():
    return len(_KINDS)


def _normal(rng, count, width):
    return rng.standard_normal((count, width), np.float32)


def _round(values, type):
    """Towards zero, so that no kind becomes another."""
    if type == "f32":
        return values
    if type == "f16":
        with np.errstate(all="ignore"):
            return values.astype(np.float16)
    assert type == "bf16", type
    return (values.view(np.uint32) >> np.uint32(16)).astype(np.uint16)


def _codes(rng, type, count, width):
    """Any patterns; NaN and infinity in one row of four only."""
    codes = rng.integers(0, 256, (count, width), np.uint8)
    finite = np.arange(256, dtype=np.uint8)
    finite[[code | sign for code in _NOT_FINITE[type] for sign in (0, 0x80)]] = 0
    if type == "f8E4M3FNUZ":
        finite[0x80] = 0
    for i in (0, 1, 2):
        codes[i::4] = finite[codes[i::4]]
    return codes


def _scales(rng, count, width):
    """Powers of two near one, in one row of four any pattern."""
    scales = rng.integers(107, 148, (count, width), np.uint8)
    scales[3::4] = rng.integers(0, 256, scales[3::4].shape, np.uint8)
    return scales


def _floats(rng, count, width):
    values = _normal(rng, count, width)
    for i, kind in enumerate(_KINDS):
        kind(rng, values[i::len(_KINDS)])
    return values


# --- Kinds: each changes rows of normal values in place. -----------------------------

def _few(rng, x):
    """Some columns: one of 256, and at least one."""
    return rng.choice(x.shape[1], max(1, x.shape[1] // 256), replace=False)


def _plain(rng, x):
    pass


def _outliers(rng, x):
    x[:, _few(rng, x)] *= 100


def _scaled(rng, x):
    x *= np.exp2(rng.integers(-30, 31, (len(x), 1))).astype(np.float32)


def _nan(rng, x):
    """Also signaling, of either sign."""
    x.view(np.uint32)[:, _few(rng, x)] = rng.choice(
        np.array([0x7FC00000, 0xFFC10000, 0x7FA00000], np.uint32), (len(x), 1))


def _zeros(rng, x):
    """Of both signs."""
    x.view(np.uint32)[:] &= np.uint32(0x80000000)


def _huge(rng, x):
    """The squares overflow; one value is the largest of bf16."""
    x *= np.float32(3e37)
    x.view(np.uint32)[:, 0] = 0x7F7F0000


def _faint(rng, x):
    """The squares are subnormal."""
    x *= np.float32(2.0 ** -68)


def _infinite(rng, x):
    few = _few(rng, x)
    x[:, few] = np.copysign(np.float32(np.inf), x[:, few])


def _subnormal(rng, x):
    x.view(np.uint32)[:] &= np.uint32(0x807FFFFF)


def _any(rng, x):
    """Finite values of every exponent."""
    x.view(np.uint32)[:] = rng.integers(0, 1 << 32, x.shape, np.uint32)
    bits = x.view(np.uint32)
    bits[(bits >> 23 & 0xFF) == 0xFF] &= np.uint32(0xBFFFFFFF)


def _empty_groups(rng, x):
    """Zeros in all but the first and the last columns."""
    x[:, 100:-20] = 0


# Neighbours differ, so that few rows meet both the large and the small.
_KINDS = (_plain, _outliers, _nan, _scaled, _zeros, _huge, _faint, _infinite, _subnormal,
          _any, _empty_groups)
