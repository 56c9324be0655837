// RUN: beeline-opt %s --beeline-create-entry-points --split-input-file --verify-diagnostics

// What the passes before it would have made is not there.

// expected-error @below {{'func.func' op takes or returns 'tensor<?xf32>': run one-shot-bufferize first}}
func.func @tensors(%x: tensor<?xf32>, %workspace: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{'func.func' op has no workspace as its last argument, of type 'memref<?xi8>': run beeline-plan-workspace first}}
func.func @no_arguments() {
  return
}

// -----

// expected-error @below {{'func.func' op has no workspace as its last argument}}
func.func @no_workspace(%x: memref<?xf32>) {
  return
}

// -----

// expected-error @below {{'func.func' op needs a function @no_size_workspace_size of type '(index) -> index' beside it: run beeline-results-to-arguments and beeline-plan-workspace first}}
func.func @no_size(%x: memref<?xf32>, %workspace: memref<?xi8>) {
  return
}

// -----

// expected-error @below {{'func.func' op needs a function @other_type_workspace_size of type '(index) -> index' beside it}}
func.func @other_type(%x: memref<?xf32>, %workspace: memref<?xi8>) {
  return
}
func.func private @other_type_workspace_size(index, index) -> index

// -----

// expected-error @below {{'func.func' op needs a function @no_extents.result_sizes of type '(index) -> (index, index)' beside it}}
func.func @no_extents(%x: memref<?xf32>, %y: memref<?x?xf32> {bufferize.result},
                      %workspace: memref<?xi8>) {
  return
}
func.func private @no_extents_workspace_size(index) -> index

// -----

// expected-error @below {{'func.func' op is to get a function @layer_result_sizes beside it, but there is one: rename it}}
func.func @layer(%x: memref<4xf32>, %workspace: memref<?xi8>) {
  return
}
// expected-note @below {{this one}}
func.func private @layer_result_sizes()
func.func private @layer_workspace_size() -> index
