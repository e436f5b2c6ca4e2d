#!/bin/sh
# Compiles decode.c with libdeflate's decompressor to WebAssembly and writes it as base64 to src/decode/png-module.ts:
#     sh scripts/png/build.sh <source of libdeflate 1.14>
# Made with Debian 12: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32; apt-get source libdeflate
set -e
source=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
module=$(mktemp)
clang --target=wasm32-wasi -O3 -msimd128 -w -nostartfiles -I"$source" -I"$source/lib" "$here/decode.c" \
  "$source/lib/deflate_decompress.c" "$source/lib/zlib_decompress.c" "$source/lib/adler32.c" "$source/lib/utils.c" \
  -Wl,--no-entry,--gc-sections,--strip-all,-z,stack-size=65536,--max-memory=1073741824 -o "$module"
{
  echo '/** scripts/png/decode.c with the decompressor of libdeflate 1.14, made by scripts/png/build.sh. */'
  echo 'export const PNG ='
  echo "  '$(base64 -w 0 "$module")';"
} > "$here/../../src/decode/png-module.ts"
ls -l "$module"
rm "$module"
