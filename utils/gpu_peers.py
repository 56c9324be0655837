"""What bench-gpu.py measures Beeline's kernels beside, in Triton and PyTorch. For x
(and a residual r) [M, N] and a weight w [N], all bf16:

    t = f32(x) + f32(r)                    sum = bf16(t)
    y = t / sqrt(mean(t^2) + eps) * w      passthrough = bf16(y)
    of 128 elements: s = max(max|y|, 1e-10) / 448, codes = e4m3(clamp(y / s, +-448))

Beeline's division and square root are IEEE's, and its sums have one order; the peers
use what their languages have for speed.
"""

import importlib.util

import torch
import torch._dynamo
import torch._inductor.config
import triton
import triton.language as tl

GROUP = 128
EPSILON = 1e-5


# --- Triton: one row per program -------------------------------------------------------

@triton.jit
def _load(x, r, base, columns, N: tl.constexpr, MASKED: tl.constexpr,
          RESIDUAL: tl.constexpr):
    mask = columns < N if MASKED else None
    other = 0.0 if MASKED else None
    t = tl.load(x + base + columns, mask=mask, other=other).to(tl.float32)
    if RESIDUAL:
        t += tl.load(r + base + columns, mask=mask, other=other).to(tl.float32)
    return t


@triton.jit
def _store(t, weight, rstd, codes, scales, passthrough, row, base, columns,
           FIRST: tl.constexpr, SIZE: tl.constexpr, N: tl.constexpr, MASKED: tl.constexpr,
           PASSTHROUGH: tl.constexpr):
    mask = columns < N if MASKED else None
    y = t * rstd * weight
    if PASSTHROUGH:
        tl.store(passthrough + base + columns, y.to(tl.bfloat16), mask=mask)
    groups = tl.reshape(y, (SIZE // 128, 128))
    scale = tl.maximum(tl.max(tl.abs(groups), axis=1), 1e-10) / 448.0
    inverse = tl.reshape(1.0 / scale, (SIZE // 128, 1))
    q = tl.reshape(tl.clamp(groups * inverse, -448.0, 448.0), (SIZE,))
    tl.store(codes + base + columns, q.to(codes.dtype.element_ty), mask=mask)
    group = FIRST // 128 + tl.arange(0, SIZE // 128)
    tl.store(scales + row * (N // 128) + group, scale,
             mask=(group < N // 128) if MASKED else None)


@triton.jit
def _norm_quant_kernel(x, r, w, codes, scales, passthrough, sums, epsilon,
                       N: tl.constexpr, B0: tl.constexpr, B1: tl.constexpr,
                       B2: tl.constexpr, MASKED: tl.constexpr, RESIDUAL: tl.constexpr,
                       PASSTHROUGH: tl.constexpr):
    """B0, B1, B2: the powers of two that the row is cut into, 0 where there are fewer.
    One of them may be larger than the row, and is masked then."""
    row = tl.program_id(0).to(tl.int64)
    base = row * N
    c0 = tl.arange(0, B0)
    t0 = _load(x, r, base, c0, N, MASKED, RESIDUAL)
    w0 = tl.load(w + c0, mask=c0 < N if MASKED else None,
                 other=0.0 if MASKED else None).to(tl.float32)
    total = tl.sum(t0 * t0, axis=0)
    if B1 > 0:
        c1 = B0 + tl.arange(0, B1)
        t1 = _load(x, r, base, c1, N, MASKED, RESIDUAL)
        w1 = tl.load(w + c1).to(tl.float32)
        total += tl.sum(t1 * t1, axis=0)
    if B2 > 0:
        c2 = B0 + B1 + tl.arange(0, B2)
        t2 = _load(x, r, base, c2, N, MASKED, RESIDUAL)
        w2 = tl.load(w + c2).to(tl.float32)
        total += tl.sum(t2 * t2, axis=0)
    if RESIDUAL:
        tl.store(sums + base + c0, t0.to(tl.bfloat16), mask=c0 < N if MASKED else None)
        if B1 > 0:
            tl.store(sums + base + c1, t1.to(tl.bfloat16))
        if B2 > 0:
            tl.store(sums + base + c2, t2.to(tl.bfloat16))
    rstd = tl.rsqrt(total / N + epsilon)
    _store(t0, w0, rstd, codes, scales, passthrough, row, base, c0, 0, B0, N, MASKED,
           PASSTHROUGH)
    if B1 > 0:
        _store(t1, w1, rstd, codes, scales, passthrough, row, base, c1, B0, B1, N, MASKED,
               PASSTHROUGH)
    if B2 > 0:
        _store(t2, w2, rstd, codes, scales, passthrough, row, base, c2, B0 + B1, B2, N,
               MASKED, PASSTHROUGH)


def triton_settings(columns):
    """(pieces of the row, whether masked, warps), to choose from by measuring."""
    whole = triton.next_power_of_2(columns)
    warps = (4, 8, 16) if columns > 2048 else (1, 2, 4, 8)
    settings = [((whole, 0, 0), whole != columns, n) for n in warps]
    pieces = [1 << bit for bit in reversed(range(24)) if columns >> bit & 1]
    if 1 < len(pieces) <= 3 and pieces[-1] >= GROUP:
        pieces = tuple(pieces + [0] * (3 - len(pieces)))
        settings += [(pieces, False, n) for n in (4, 8, 16)]
    return settings


def triton_norm_quant(setting, b, residual, passthrough):
    (b0, b1, b2), masked, warps = setting
    rows, columns = b.x.shape
    _norm_quant_kernel[(rows,)](b.x, b.r, b.w, b.codes, b.scales, b.passthrough, b.sum,
                                EPSILON, N=columns, B0=b0, B1=b1, B2=b2, MASKED=masked,
                                RESIDUAL=residual, PASSTHROUGH=passthrough,
                                num_warps=warps)


# --- aiter ---------------------------------------------------------------------------------

def aiter_norm_quant(path):
    """aiter's own kernel: `path` is its
    aiter/ops/triton/_triton_kernels/quant/fused_fp8_quant.py."""
    spec = importlib.util.spec_from_file_location("aiter_kernels", path)
    kernels = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kernels)

    def launch(warps, b, residual, passthrough):
        rows, columns = b.x.shape
        r, sums = (b.r, b.sum) if residual else (None, None)
        y = b.passthrough if passthrough else None
        kernels._fused_rms_fp8_group_quant_kernel[(rows,)](
            b.x, b.w, None, None, r, b.codes, b.scales, None, sums, y, EPSILON, 0.0, rows,
            columns, 0, *(columns, 0, 1, 0), *(columns, 1), *(columns, 1),
            *(columns // GROUP, 1), *(0, 0), *(columns, 1), *(columns, 1), b.x, b.w, columns,
            BLOCK_SIZE_N=triton.next_power_of_2(columns), QUANT_BLOCK_SIZE=GROUP,
            DTYPE_MAX=448.0, DTYPE_MIN=-448.0, HAVE_SECOND_INPUT=False,
            FIRST_INPUT_RES=residual, FIRST_INPUT_OUT=passthrough, GATED_RMS_FP8=False,
            RMS_TILE=512, ROWS_PER_BLOCK=1, GROUP_SIZE_GATED=1, NUM_GROUPS_GATED=1,
            BLOCK_G=1, HAS_BIAS_GATED=False, HAS_Z_GATED=False, NORM_BEFORE_GATE=False,
            FP8_MIN=-448.0, FP8_MAX=448.0, USE_UE8M0=False, FP8_MIN_SCALING_FACTOR=1.0,
            ACTIVATION="silu", num_warps=warps)

    return launch


# Its launch has 16 for these rows.
AITER_WARPS = (4, 8, 16)


# --- Triton: the limits ------------------------------------------------------------------

@triton.jit
def _copy_kernel(x, r, codes, scales, passthrough, sums, total, COUNT: tl.constexpr,
                 BLOCK: tl.constexpr, RESIDUAL: tl.constexpr, PASSTHROUGH: tl.constexpr):
    place = tl.arange(0, BLOCK)
    i = tl.program_id(0).to(tl.int64) * COUNT + place
    mask = (place < COUNT) & (i < total)
    v = tl.load(x + i, mask=mask)
    if RESIDUAL:
        tl.store(sums + i, tl.load(r + i, mask=mask), mask=mask)
    if PASSTHROUGH:
        tl.store(passthrough + i, v, mask=mask)
    tl.store(codes + i, v.to(tl.int16, bitcast=True).to(tl.int8), mask=mask)
    place = tl.arange(0, BLOCK // 128)
    group = tl.program_id(0).to(tl.int64) * (COUNT // 128) + place
    tl.store(scales + group, group.to(tl.float32),
             mask=(place < COUNT // 128) & (group < total // 128))


def copy_settings(columns):
    """(elements per program, warps)."""
    return [(1024, 4), (2048, 4), (2048, 8), (4096, 4), (4096, 8), (8192, 8)]


def row_copy_settings(columns):
    """Of a copy with a row per program, as the norms have it."""
    return [(columns, 4), (columns, 8), (columns, 16)]


def triton_copy(setting, b, residual, passthrough):
    """Reads what the norm reads and writes as many bytes to the same places, with no
    arithmetic to speak of; but for the weight, which is small."""
    count, warps = setting
    total = b.x.numel()
    _copy_kernel[(triton.cdiv(total, count),)](
        b.x, b.r, b.codes.view(torch.int8), b.scales, b.passthrough, b.sum, total,
        COUNT=count, BLOCK=triton.next_power_of_2(count), RESIDUAL=residual,
        PASSTHROUGH=passthrough, num_warps=warps)


@triton.jit
def _empty_kernel():
    pass


def empty():
    _empty_kernel[(1,)]()


# --- PyTorch -------------------------------------------------------------------------------

def norm_quant_torch(x, r, w, passthrough):
    """Codes, scales, passthrough and sum, the last two where they are wanted."""
    t = x.float()
    if r is not None:
        t = t + r.float()
    y = t * torch.rsqrt(t.square().mean(-1, keepdim=True) + EPSILON) * w.float()
    groups = y.view(y.shape[0], -1, GROUP)
    scales = groups.abs().amax(-1).clamp(min=1e-10) / 448.0
    codes = (groups / scales.unsqueeze(-1)).clamp(-448.0, 448.0)
    results = [codes.to(torch.float8_e4m3fn).view(y.shape), scales]
    if passthrough:
        results.append(y.to(torch.bfloat16))
    if r is not None:
        results.append(t.to(torch.bfloat16))
    return results


def dequant_torch(codes, scales):
    """The other half of the round trip, as engines write it."""
    rows, columns = codes.shape
    values = codes.to(torch.float32).view(rows, -1, GROUP) * scales.unsqueeze(-1)
    return values.view(rows, columns).to(torch.bfloat16)


def compiled_norm_quant():
    torch._dynamo.config.cache_size_limit = 64
    # Its tuning is done in the process that measures, with the device to itself.
    torch._inductor.config.autotune_local_cache = False
    return torch.compile(norm_quant_torch, dynamic=False)
