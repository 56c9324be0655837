"""The short division by constants of kernels (DeviceMapBuilder.cpp) is f32's division:
tried on all significands, which is enough where no step is subnormal or overflows, since a power of
two as factor changes exponents only.

Fused multiply-adds are computed in f64, where products of f32 numbers are exact, and
rounded to odd in front of f32, which is as good as rounding once (Boldo and
Melquiond, "Emulation of FMA and correctly rounded sums", 2008).

usage: test_division.py
"""

import sys

import numpy as np

# In blocks that a cache holds.
SIGNIFICANDS = np.arange(2**23, 2**24, dtype=np.int32).astype(np.float32).reshape(1024, -1)
# fmax of the FP8 formats and vLLM's, and lengths of rows with few and many bits.
DIVISORS = (448, 240, 224, 57344, 6144, 7168, 2624, 130, 1, 3, 1000, 65535)


def fma(a, b, c):
    """a * b + c for arrays of f32, rounded once."""
    product = a.astype(np.float64) * b
    c = c.astype(np.float64)
    total = product + c
    # What was lost in the sum (Knuth's TwoSum).
    back = total - c
    lost = (product - back) + (c - (total - back))
    bits = total.view(np.int64)
    away = np.where(np.signbit(lost) == np.signbit(total), 1, -1)
    bits += np.where((lost != 0) & (bits % 2 == 0), away, 0)
    return total.astype(np.float32)


def divide_short(lhs, rhs, inverse):
    quotient = lhs * inverse
    return fma(fma(-quotient, rhs, lhs), inverse, quotient)


def divide(lhs, rhs):
    """Rounded in f64 first, which changes nothing: 53 is more than 2 * 24 + 1."""
    return (lhs.astype(np.float64) / rhs).astype(np.float32)


def main():
    wrong = 0
    for divisor in DIVISORS:
        rhs = np.float32(divisor)
        inverse = np.float32(1) / rhs
        wrong += sum(np.count_nonzero(divide_short(lhs, rhs, inverse) != divide(lhs, rhs))
                     for lhs in SIGNIFICANDS)
    print(f"{len(DIVISORS)} divisors, {wrong} quotients wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
