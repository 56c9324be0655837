"""Element types: MLIR's names for them, and the one that frameworks agree on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ElementType:
    #: PyTorch's, NumPy's and ml_dtypes' name.
    name: str
    bytes: int
    #: DLPack's type code.
    dlpack: int
    #: NumPy itself has it. Of the others, plain bits are taken too.
    native: bool = False

    @property
    def bits_name(self):
        return f"uint{8 * self.bytes}"

    def accepts(self, name):
        return name == self.name or not self.native and name == self.bits_name


INT, UINT, FLOAT, BFLOAT, BOOL = 0, 1, 2, 4, 6

ELEMENT_TYPES = {
    "f64": ElementType("float64", 8, FLOAT, native=True),
    "f32": ElementType("float32", 4, FLOAT, native=True),
    "f16": ElementType("float16", 2, FLOAT, native=True),
    "bf16": ElementType("bfloat16", 2, BFLOAT),
    "f8E4M3FN": ElementType("float8_e4m3fn", 1, 10),
    "f8E4M3FNUZ": ElementType("float8_e4m3fnuz", 1, 11),
    "f8E5M2": ElementType("float8_e5m2", 1, 12),
    "f8E5M2FNUZ": ElementType("float8_e5m2fnuz", 1, 13),
    "f8E8M0FNU": ElementType("float8_e8m0fnu", 1, 14),
    "i64": ElementType("int64", 8, INT, native=True),
    "i32": ElementType("int32", 4, INT, native=True),
    "i16": ElementType("int16", 2, INT, native=True),
    "i8": ElementType("int8", 1, INT, native=True),
    "i1": ElementType("bool", 1, BOOL, native=True),
}

#: (code, bits) to names; unsigned integers are the plain bits.
DLPACK_NAMES = {
    (type.dlpack, 8 * type.bytes): type.name for type in ELEMENT_TYPES.values()
} | {(UINT, 8): "uint8", (UINT, 16): "uint16"}
