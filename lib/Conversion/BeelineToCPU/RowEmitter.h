//===- RowEmitter.h - Vector code for one row of a program ------*- C++ -*-===//
//
// Part of Beeline, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BEELINE_LIB_CONVERSION_BEELINETOCPU_ROWEMITTER_H
#define BEELINE_LIB_CONVERSION_BEELINETOCPU_ROWEMITTER_H

#include "ChunkLoop.h"
#include "beeline/Dialect/IR/RowProgram.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <string>

namespace beeline {

/// Emits what a program does for one row, as loops over vectors of the row's
/// elements. Each loop evaluates what it needs from the loads on: to compute a
/// value again costs less than to keep a row of it.
class RowEmitter {
public:
  /// What keeps `program` from being emitted, if anything does.
  static std::optional<std::string> findObstacle(const RowProgram &program);

  /// `buffers` holds the tensors of the program, with identity layout and the
  /// dimensions of rows folded into one; a tensor that has no such dimension is
  /// a single row. `length` is N. `scratch` holds `scratchSize(length)` f32; it
  /// can be null where the program has no row sum.
  RowEmitter(mlir::ImplicitLocOpBuilder &builder, const RowProgram &program,
             const llvm::DenseMap<mlir::Value, mlir::Value> &buffers,
             mlir::OpFoldResult length, mlir::Value scratch)
      : builder(builder), program(program), buffers(buffers), length(length),
        scratch(scratch) {}

  static mlir::OpFoldResult scratchSize(mlir::ImplicitLocOpBuilder &builder,
                                        mlir::OpFoldResult length);

  void emit(mlir::Value row);

private:
  void emitRowSteps();
  void emitGroups(int64_t groupSize);
  /// Group `index`, of `length` elements.
  void emitGroup(mlir::Value index, int64_t groupSize,
                 mlir::OpFoldResult length);
  void emitStores(mlir::Value begin, mlir::OpFoldResult length,
                  int64_t groupSize);

  mlir::Value emitRowSum(RowValue value);
  mlir::Value emitGroupAbsMax(RowValue value, mlir::Value begin,
                              mlir::OpFoldResult length);
  /// What an elementwise step makes of `operands`, which are of type `type`.
  mlir::Value apply(const RowStep &step, llvm::ArrayRef<mlir::Value> operands,
                    mlir::Type type);
  /// The value of a step whose operands are known, where they are scalars.
  mlir::Value emitScalar(const RowStep &step);
  mlir::Value evaluate(RowValue value, const Chunk &chunk,
                       llvm::DenseMap<unsigned, mlir::Value> &known);

  /// The indices in `buffer` of element or group `index` of the row.
  Values indices(mlir::Value buffer, RowAccess access, mlir::Value index);
  mlir::Value materialize(mlir::OpFoldResult value);

  mlir::ImplicitLocOpBuilder &builder;
  const RowProgram &program;
  const llvm::DenseMap<mlir::Value, mlir::Value> &buffers;
  mlir::OpFoldResult length;
  mlir::Value scratch;

  mlir::Value row;
  /// The values of which there is one per row, and per group inside a loop over
  /// groups.
  llvm::DenseMap<unsigned, mlir::Value> scalars;
  mlir::Value group;
};

} // namespace beeline

#endif // BEELINE_LIB_CONVERSION_BEELINETOCPU_ROWEMITTER_H
