#!/bin/sh
# Compiles libjpeg-turbo's decoder to WebAssembly and writes it as base64 to src/decode/jpeg-draft-module.ts:
#     sh scripts/jpeg-draft/build.sh <source of libjpeg-turbo 2.1.5>
# Made with Debian 12: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32. CI compares: scripts/check-wasm.sh.
# huffman.c and simd.c stand in for jdhuff.c and jsimd_none.c, which they include.
set -e
source=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
objects=$(mktemp -d)
# __x86_64__ with __ILP32__ is libjpeg-turbo's word for 64-bit registers and 32-bit pointers. Loops are not vectorised: that makes
# the module larger and nothing faster.
flags="--target=wasm32-wasi -O2 -msimd128 -fno-vectorize -fno-slp-vectorize -w -ffunction-sections -DWITH_SIMD -DNO_GETENV \
  -DNO_PUTENV -D__x86_64__ -D__ILP32__ -I$here -I$source"
for name in jcomapi jdapimin jdapistd jaricom jdarith jdcoefct jdcolor jddctmgr jdinput jdmainct jdmarker jdmaster jdmerge \
  jdphuff jdpostct jdsample jidctflt jidctfst jidctint jidctred jmemmgr jmemnobs jquant1 jquant2 jutils; do
  clang $flags -c "$source/$name.c" -o "$objects/$name.o"
done
for name in decode huffman simd; do clang $flags -c "$here/$name.c" -o "$objects/$name.o"; done
clang --target=wasm32-wasi -O2 -nostartfiles -Wl,--no-entry,--gc-sections,--strip-all,-z,stack-size=65536,--max-memory=1073741824 \
  "$objects"/*.o -o "$objects/decode.wasm"
{
  echo '/** The decoder of libjpeg-turbo 2.1.5, made by scripts/jpeg-draft/build.sh. */'
  echo 'export const JPEG_DRAFT ='
  echo "  '$(base64 -w 0 "$objects/decode.wasm")';"
} > "$here/../../src/decode/jpeg-draft-module.ts"
ls -l "$objects/decode.wasm"
rm -r "$objects"
