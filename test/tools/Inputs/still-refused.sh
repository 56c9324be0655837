#!/bin/sh
# Exits with 1, which mlir-reduce calls interesting, while a dequantization is refused
# for the scales of another quantization.
beeline-opt "$1" --beeline-elide-round-trips --remarks-filter='beeline.*' \
  --remark-policy=all --remark-format=emitRemark 2>&1 |
  grep -q 'the codes and the scales are of different quantizations' && exit 1
exit 0
