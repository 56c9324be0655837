"""What code_objects.py finds wrong with a kernel, one mistake at a time."""

import dataclasses
import unittest

import code_objects
from code_objects import Design

IR = """
    gpu.func @rms_norm_6144(%arg0: memref<bf16>) workgroup(%arg5 : memref<3xf32, #gpu.address_space<workgroup>> {llvm.align = 16 : i64}) kernel attributes {known_block_size = array<i32: 192, 1, 1>, rocdl.waves_per_eu = 3 : i32} {
    gpu.func @two(%arg0: memref<bf16>) workgroup(%a : memref<3xf32, #gpu.address_space<workgroup>>, %b : memref<4x36xf32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
"""
DESIGN = Design(block=192, lds=12, waves_per_simd=3)
# 512 registers are 170 for each of three waves, which is 168 in eights.
META = {"vgpr_spill_count": 0, "sgpr_spill_count": 0, "private_segment_fixed_size": 0,
        "max_flat_workgroup_size": 192, "group_segment_fixed_size": 12, "vgpr_count": 168}


class Mistakes(unittest.TestCase):
    def found(self, columns=6144, design=DESIGN, **changed):
        return list(code_objects.mistakes("rms_norm_6144", "gfx942", columns, design,
                                          META | changed))

    def test_none(self):
        self.assertEqual(self.found(), [])

    def test_metadata(self):
        self.assertEqual(self.found(vgpr_spill_count=2), ["vgpr_spill_count is 2"])
        self.assertEqual(self.found(sgpr_spill_count=2), ["sgpr_spill_count is 2"])
        self.assertEqual(self.found(private_segment_fixed_size=16),
                         ["private_segment_fixed_size is 16"])
        self.assertEqual(self.found(max_flat_workgroup_size=256),
                         ["blocks of 256, not 192 threads"])
        self.assertEqual(self.found(group_segment_fixed_size=16),
                         ["16 bytes of LDS, not 12"])

    def test_registers(self):
        self.assertEqual(self.found(vgpr_count=169),
                         ["169 registers leave 2 waves to a SIMD, not 3"])

    def test_lds(self):
        design = dataclasses.replace(DESIGN, lds=24)
        self.assertEqual(self.found(design=design, group_segment_fixed_size=24),
                         ["24 bytes of LDS are not a float for each of 3 waves"])
        # Four blocks of three waves on four SIMDs.
        design = dataclasses.replace(DESIGN, lds=20000)
        self.assertEqual(self.found(130, design, group_segment_fixed_size=20000),
                         ["4 blocks of 20000 bytes do not fit the LDS"])

    def test_designs(self):
        # The second array begins at a multiple of 16 bytes.
        self.assertEqual(code_objects.designs(IR), {
            "rms_norm_6144": DESIGN, "two": Design(256, 16 + 4 * 36 * 4, 1)})


if __name__ == "__main__":
    unittest.main()
