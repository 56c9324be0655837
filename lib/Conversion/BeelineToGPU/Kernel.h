//===- Kernel.h - What kernels are made of ----------------------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOGPU_KERNEL_H
#define BEELINE_LIB_CONVERSION_BEELINETOGPU_KERNEL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace beeline {

using Values = llvm::SmallVector<mlir::Value>;

/// The type of a kernel's pointer to elements of `elementType`.
mlir::MemRefType kernelPointerType(mlir::Type elementType);

/// Appends to `module` a kernel without a body. It takes a pointer to the first
/// element of each of `tensors`, as memrefs of rank 0 in global memory, and the
/// number of rows as an index, or several. Its blocks have `blockSize` threads.
mlir::gpu::GPUFuncOp createKernel(mlir::gpu::GPUModuleOp module,
                                  mlir::Location loc, mlir::ValueRange tensors,
                                  int64_t blockSize, int64_t rowCounts = 1);

/// In bytes, for the largest accesses.
inline constexpr int64_t ldsAlignment = 16;

/// On-chip memory of a kernel's blocks.
mlir::Value createLDS(mlir::gpu::GPUFuncOp kernel, mlir::Location loc,
                      llvm::ArrayRef<int64_t> shape, mlir::Type elementType);

/// The memory behind one of a kernel's pointers as `[length]`.
mlir::Value createVectorView(mlir::ImplicitLocOpBuilder &builder,
                             mlir::Value pointer, int64_t length);

/// As `[rows, columns]`: row after row, or column after column.
mlir::Value createMatrixView(mlir::ImplicitLocOpBuilder &builder,
                             mlir::Value pointer, mlir::OpFoldResult rows,
                             int64_t columns, bool isColumnMajor = false);

/// Where rows lie that are part of longer ones, in elements.
struct RowSlice {
  int64_t offset;
  /// From one row to the next.
  int64_t pitch;
};

/// As `[rows, columns]`, of such rows.
mlir::Value createSliceView(mlir::ImplicitLocOpBuilder &builder,
                            mlir::Value pointer, mlir::OpFoldResult rows,
                            int64_t columns, const RowSlice &slice);

/// How many elements an access of a thread to `buffer` takes, where `unit` of
/// them, a power of two, lie together, in each row at a multiple of their size:
/// at most 16 bytes.
int64_t accessSize(mlir::Value buffer, int64_t unit);

/// Such an access to a view, or to LDS.
mlir::Value loadVector(mlir::ImplicitLocOpBuilder &builder, mlir::Value buffer,
                       mlir::ValueRange indices, int64_t size);
void storeVector(mlir::ImplicitLocOpBuilder &builder, mlir::Value vector,
                 mlir::Value buffer, mlir::ValueRange indices);

/// The scalars that a vector holds, and the vector of such ones.
Values elementsOf(mlir::ImplicitLocOpBuilder &builder, mlir::Value vector);
mlir::Value createVector(mlir::ImplicitLocOpBuilder &builder,
                         llvm::ArrayRef<mlir::Value> elements);

/// Unsigned arithmetic on indices, for those who emit kernels.
class IndexBuilder {
protected:
  explicit IndexBuilder(mlir::ImplicitLocOpBuilder &builder)
      : builder(builder) {}

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value add(mlir::Value lhs, int64_t rhs);
  mlir::Value mul(mlir::Value lhs, int64_t rhs);
  mlir::Value div(mlir::Value lhs, int64_t rhs);
  mlir::Value rem(mlir::Value lhs, int64_t rhs);
  mlir::Value min(mlir::Value lhs, mlir::Value rhs);
  /// As i1.
  mlir::Value isBelow(mlir::Value lhs, mlir::Value rhs);

  mlir::ImplicitLocOpBuilder &builder;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOGPU_KERNEL_H
