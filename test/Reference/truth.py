"""What Beeline's row-wise ops and `linear` compute, in numpy: the independent
truth that `beeline-run` is compared with.

Written from the texts alone: the descriptions in BeelineDialect.td and
BeelineOps.td, which every function here cites by op and step. Nothing was taken
from the compiler's sources, and nothing here knows how they compute.

Shapes: `[..., N]` means any number of leading dimensions, none included; every
index of these is a row. Element types are numpy dtypes (see `NAMES`).

Each arithmetic step is one numpy ufunc on float32 arrays, which is one IEEE
operation rounded to nearest even: numpy neither contracts steps nor flushes
subnormals. The exceptions are not used: `np.sum` has an order of its own, and
`np.exp` is not the exp of the description.
"""

from dataclasses import dataclass
import functools

import ml_dtypes
import numpy as np

F32 = np.dtype(np.float32)
F16 = np.dtype(np.float16)
BF16 = np.dtype(ml_dtypes.bfloat16)
E4M3FN = np.dtype(ml_dtypes.float8_e4m3fn)
E4M3FNUZ = np.dtype(ml_dtypes.float8_e4m3fnuz)
E5M2 = np.dtype(ml_dtypes.float8_e5m2)
E8M0 = np.dtype(ml_dtypes.float8_e8m0fnu)

# How MLIR spells them.
NAMES = {F32: "f32", F16: "f16", BF16: "bf16", E4M3FN: "f8E4M3FN",
         E4M3FNUZ: "f8E4M3FNUZ", E5M2: "f8E5M2", E8M0: "f8E8M0FNU"}

# "Arithmetic": every NaN that an op stores.
CANONICAL_NAN = {F32: 0x7FC00000, F16: 0x7E00, BF16: 0x7FC0, E4M3FN: 0x7F,
                 E4M3FNUZ: 0x80, E5M2: 0x7E, E8M0: 0xFF}

# Q3: the largest finite value of each code type, which is `fmax` unless given.
LARGEST = {E4M3FN: 448.0, E4M3FNUZ: 240.0, E5M2: 57344.0}

# Rows and columns of a weight that share one scale (L5).
WEIGHT_BLOCK = 128

# Overflow, division by zero and NaN are meant here: they are no news.
_quiet = functools.partial(np.errstate, all="ignore")

_f32 = np.float32


def bits(x):
    """The bit patterns of `x`, as unsigned integers of its width."""
    return x.view(f"u{x.dtype.itemsize}")


# --- Conversions ("Arithmetic") ---------------------------------------------


@_quiet()
def extend(x):
    """`x`, of any of the types, as f32: exact."""
    return x.astype(F32)


@_quiet()
def cast(x, dtype):
    """f32 `x` rounded once to `dtype`, to nearest even, with canonical NaNs.

    Larger magnitudes than bf16, f16 or f32 can hold become infinite. Codes are
    clamped before they are cast, so what lies past FP8's range never comes here.
    E8M0 scales are not made by rounding: see `_power_of_two_scale`.
    """
    assert x.dtype == F32 and dtype != E8M0
    rounded = x.astype(dtype)
    patterns = bits(rounded).copy()
    patterns[np.isnan(rounded.astype(F32))] = CANONICAL_NAN[dtype]
    return patterns.view(dtype)


# --- Row sums ----------------------------------------------------------------


@_quiet()
def row_sum(v):
    """The pairwise sum of each row, low bits of the index first.

    f32 `[..., N]` to `[..., 1]`. An element without a partner is passed on.
    """
    while (n := v.shape[-1]) > 1:
        even = n - n % 2
        pairs = v[..., 0:even:2] + v[..., 1:even:2]
        v = np.concatenate([pairs, v[..., even:]], axis=-1)
    return v


# --- beeline.rms_norm ----------------------------------------------------------


@_quiet()
def rms_norm(x, weight, residual=None, *, epsilon, output, weight_offset=0.0,
             normalize_from="f32", round_before_weight=False):
    """`beeline.rms_norm`, step by step.

    `x` and `residual` `[..., N]`, `weight` `[N]`; `output` is the result's type.
    Returns `(output [..., N], sum [..., N] or None)`: without a residual there
    is no sum (N3).
    """
    t = extend(x)
    total = None
    u = t
    if residual is not None:
        t = t + extend(residual)
        total = cast(t, residual.dtype)
        u = extend(total) if normalize_from == "rounded" else t

    mean = row_sum(u * u) / _f32(x.shape[-1])
    rstd = _f32(1) / np.sqrt(mean + _f32(epsilon))
    n = u * rstd
    if round_before_weight:
        n = extend(cast(n, output))
    # With an offset of 0 this still is an addition: it turns a weight of -0
    # into +0.
    y = n * (extend(weight) + _f32(weight_offset))
    return cast(y, output), total


# --- beeline.group_quant -------------------------------------------------------


def _power_of_two_scale(s):
    """f32 `s`, positive and finite, to E8M0: s's exponent field, plus one if its
    mantissa field is not zero."""
    exponent = bits(s) >> 23
    mantissa = bits(s) & 0x7FFFFF
    return (exponent + (mantissa != 0)).astype(np.uint8).view(E8M0)


@_quiet()
def group_quant(x, *, codes, scales, group_size=128, scale_layout="row_major",
                fmax=None, min_amax=1.0e-10):
    """`beeline.group_quant`.

    `x` `[..., N]`; `codes` and `scales` are the results' types. Returns
    `(codes [..., N], scales [..., G] or [G, ...])`.
    """
    fmax = _f32(LARGEST[codes] if fmax is None else fmax)
    n = x.shape[-1]
    groups = -(-n // group_size)
    # Zeros after the last element make the last group whole: they change no
    # largest magnitude, and their codes are cut off again.
    padding = [(0, 0)] * (x.ndim - 1) + [(0, groups * group_size - n)]
    v = np.pad(extend(x), padding)
    v = v.reshape(*x.shape[:-1], groups, group_size)

    amax = np.max(np.abs(v), axis=-1, keepdims=True)  # NaN if any element is
    bad = ~np.isfinite(amax)
    m = np.maximum(np.where(bad, _f32(0), amax), _f32(min_amax))
    s = m / fmax
    stored = s
    if scales == E8M0:
        stored = _power_of_two_scale(s)
        s = extend(stored)
    q = cast(np.clip(v * (_f32(1) / s), -fmax, fmax), codes)

    q = bits(q).copy()
    q[np.broadcast_to(bad, q.shape)] = CANONICAL_NAN[codes]
    stored = bits(stored).copy()
    stored[bad] = CANONICAL_NAN[scales]

    q = q.reshape(*x.shape[:-1], groups * group_size)[..., :n]
    stored = stored[..., 0]
    if scale_layout == "group_major":
        stored = np.moveaxis(stored, -1, 0)
    return (np.ascontiguousarray(q).view(codes),
            np.ascontiguousarray(stored).view(scales))


# --- beeline.dequant -----------------------------------------------------------


def _scale_per_element(scales, n, group_size, scale_layout):
    """f32 `[..., n]`: the scale of every element's group."""
    if scale_layout == "group_major":
        scales = np.moveaxis(scales, 0, -1)
    return np.repeat(extend(scales), group_size, axis=-1)[..., :n]


@_quiet()
def dequant(codes, scales, *, output, group_size=128, scale_layout="row_major"):
    """`beeline.dequant`: codes `[..., N]`, scales `[..., G]` or `[G, ...]`, to
    `output`'s type `[..., N]`."""
    s = _scale_per_element(scales, codes.shape[-1], group_size, scale_layout)
    return cast(extend(codes) * s, output)


# --- beeline.rms_norm_quant ----------------------------------------------------


def rms_norm_quant(x, weight, residual=None, *, quantize_from, codes, scales,
                   unquantized=None, group_size=128, scale_layout="row_major",
                   fmax=None, min_amax=1.0e-10, **norm):
    """`beeline.rms_norm_quant`, the composition that defines it.

    `unquantized` is that result's type, if there is one; `norm` are the
    attributes of `rms_norm`. Returns `(codes, scales, unquantized or None,
    sum or None)`.
    """
    y, total = rms_norm(x, weight, residual, output=quantize_from, **norm)
    q, s = group_quant(y, codes=codes, scales=scales, group_size=group_size,
                       scale_layout=scale_layout, fmax=fmax, min_amax=min_amax)
    return q, s, unquantized and cast(extend(y), unquantized), total


# --- beeline.silu_mul ----------------------------------------------------------


@_quiet()
def exp(x):
    """exp of f32 `x`, as `beeline.silu_mul` states it; NaN gives NaN."""
    clamped = np.clip(np.where(np.isnan(x), _f32(0), x), _f32(-104), _f32(104))
    magic = _f32(12582912)
    n = (clamped * _f32(1.44269504) + magic) - magic
    r = (clamped - n * _f32(0.693359375)) - n * _f32(-2.12194440e-4)
    p = _f32(1.9875691500e-4)
    for c in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
              1.6666665459e-1, 5.0000001201e-1):
        p = p * r + _f32(c)
    e = (p * (r * r) + r) + _f32(1)
    h = np.floor(n / _f32(2))
    # ldexp of 1 by at most 75 is exact.
    low, high = (np.ldexp(_f32(1), k.astype(np.int32)) for k in (h, n - h))
    return np.where(np.isnan(x), _f32(np.nan), (e * low) * high)


@_quiet()
def silu_mul(gate, up, *, output, round_before_mul=False):
    """`beeline.silu_mul`: gate and up `[..., N]` to `output`'s type `[..., N]`."""
    g = extend(gate)
    a = g / (_f32(1) + exp(-g))
    if round_before_mul:
        a = extend(cast(a, output))
    return cast(a * extend(up), output)


# --- Ops of arith and math ("Elementwise ops") ----------------------------------


def _maximum(a, b):
    """The larger one, NaN if one is; +0 is larger than -0, which is their sum."""
    return np.where((a == 0) & (b == 0), a + b, np.maximum(a, b))


def tanh(x):
    """tanh of f32 `x`, as the dialect's description states it."""
    a = np.abs(x)
    large = _f32(1) - _f32(2) / (exp(a + a) + _f32(1))
    z = a * a
    p = _f32(-5.70498872745e-3)
    for c in (2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
              -3.33332819422e-1):
        p = p * z + _f32(c)
    return np.copysign(np.where(a < _f32(0.625), p * z * a + a, large), x)


# On f32.
ELEMENTWISE = {
    "arith.addf": np.add,
    "arith.subf": np.subtract,
    "arith.mulf": np.multiply,
    "arith.divf": np.divide,
    "arith.maximumf": _maximum,
    "arith.minimumf": lambda a, b: -_maximum(-a, -b),
    "arith.negf": np.negative,
    "math.sqrt": np.sqrt,
    "math.rsqrt": lambda x: _f32(1) / np.sqrt(x),
    "math.absf": np.abs,
    "math.floor": np.floor,
    "math.ceil": np.ceil,
    "math.exp": exp,
    "math.tanh": tanh,
}


@_quiet()
def elementwise(op, *operands):
    """An op on operands of one type, which is the result's."""
    return cast(ELEMENTWISE[op](*map(extend, operands)), operands[0].dtype)


# --- beeline.linear ------------------------------------------------------------


@dataclass(frozen=True)
class Interval:
    """Any result from `low` to `high`, both of the result's type, is right. NaN
    in both asks for NaN."""
    low: np.ndarray
    high: np.ndarray


@_quiet()
def linear(x, weight, scales=None, bias=None, *, output, group_size=128,
           scale_layout="row_major", exact=False):
    """`beeline.linear`: the float64 value and the bound of f32 accumulation.

    `x` `[..., in]`, `weight` `[out, in]`, `scales` `([..., G] or [G, ...],
    [ceil(out / 128), ceil(in / 128)])`, `bias` `[out]`. Returns an `Interval`
    `[..., out]` of `output`'s type.

    In any order of the sum, and wherever the scales are multiplied, a term takes
    part in at most `in - 1` additions, one more for the bias and another where
    the sum starts from zero, one product and four products with scales. Hence
    (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1) the
    error is at most `gamma * sum |a * b|`, with `gamma = k * u / (1 - k * u)`,
    `k = in + 6`, `u = 2^-24`; and each product may lose 2^-149 to underflow.
    `exact` says that every partial sum is exact in f32, as for small integers:
    then the bound is 0.
    """
    a, b = x.astype(np.float64), weight.astype(np.float64)
    if scales is not None:
        of_x, of_weight = scales
        a *= _scale_per_element(of_x, x.shape[-1], group_size, scale_layout)
        blocks = extend(of_weight).repeat(WEIGHT_BLOCK, 0).repeat(WEIGHT_BLOCK, 1)
        b *= blocks[:b.shape[0], :b.shape[1]]
    shift = np.float64(0) if bias is None else bias.astype(np.float64)

    # einsum rather than matmul: some BLAS skip zeros, and with them NaN.
    value = np.einsum("...i,oi->...o", a, b) + shift
    magnitude = np.einsum("...i,oi->...o", np.abs(a), np.abs(b)) + np.abs(shift)
    # What overflows on the way depends on the order.
    if np.any(np.isfinite(magnitude) & (magnitude > 2.0**127)):
        raise ValueError("partial sums may overflow: no result can be demanded")

    k = x.shape[-1] + 6
    gamma = k * 2.0**-24 / (1 - k * 2.0**-24)
    error = gamma * magnitude + x.shape[-1] * 2.0**-149
    error = np.where(np.isfinite(value) & (not exact), error, 0)
    # A sum within the bound is a f32: rounding the ends to f32 excludes none.
    low, high = ((value + end).astype(F32) for end in (-error, error))
    return Interval(cast(low, output), cast(high, output))
