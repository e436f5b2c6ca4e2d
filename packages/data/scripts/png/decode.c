// The pixels of a PNG file with 8-bit gray or RGB, not interlaced: libdeflate inflates, the filters are undone with SIMD.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wasm_simd128.h>
#include "libdeflate.h"

#define EXPORT(name) __attribute__((export_name(#name)))

EXPORT(allocate) void *allocate(size_t size) { return malloc(size); }
EXPORT(release) void release(void *pointer) { free(pointer); }

// A pixel of three bytes in lanes of 16 bits; loads and stores take a fourth byte along.
static inline v128_t load(const uint8_t *at) { return wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(at)); }
static inline void store(uint8_t *at, v128_t pixel) {
  wasm_v128_store32_lane(at, wasm_u8x16_narrow_i16x8(pixel, pixel), 0);
}

static inline v128_t nearest(v128_t left, v128_t above, v128_t corner) {
  v128_t of_left = wasm_i16x8_sub(above, corner), of_above = wasm_i16x8_sub(left, corner);
  v128_t of_corner = wasm_i16x8_abs(wasm_i16x8_add(of_left, of_above));
  of_left = wasm_i16x8_abs(of_left);
  of_above = wasm_i16x8_abs(of_above);
  v128_t best = wasm_i16x8_min(of_corner, wasm_i16x8_min(of_left, of_above));
  v128_t rest = wasm_v128_bitselect(above, corner, wasm_i16x8_eq(best, of_above));
  return wasm_v128_bitselect(left, rest, wasm_i16x8_eq(best, of_left));
}

static void colour_row(int filter, const uint8_t *in, const uint8_t *above, uint8_t *out, size_t bytes) {
  const v128_t byte = wasm_i16x8_splat(0xff);
  v128_t left = wasm_i16x8_splat(0), corner = left;
  if (filter == 1) {
    for (size_t i = 0; i < bytes; i += 3) {
      left = wasm_v128_and(wasm_i16x8_add(load(in + i), left), byte);
      store(out + i, left);
    }
  } else if (filter == 3) {
    for (size_t i = 0; i < bytes; i += 3) {
      v128_t mean = wasm_u16x8_shr(wasm_i16x8_add(left, load(above + i)), 1);
      left = wasm_v128_and(wasm_i16x8_add(load(in + i), mean), byte);
      store(out + i, left);
    }
  } else {
    for (size_t i = 0; i < bytes; i += 3) {
      v128_t up = load(above + i);
      left = wasm_v128_and(wasm_i16x8_add(load(in + i), nearest(left, up, corner)), byte);
      corner = up;
      store(out + i, left);
    }
  }
}

static void gray_row(int filter, const uint8_t *in, const uint8_t *above, uint8_t *out, size_t bytes) {
  int left = 0, corner = 0;
  for (size_t i = 0; i < bytes; i++) {
    int up = above[i], predicted = left;
    if (filter == 3) predicted = (left + up) >> 1;
    if (filter == 4) {
      int a = abs(up - corner), b = abs(left - corner), c = abs(left + up - 2 * corner);
      predicted = a <= b && a <= c ? left : b <= c ? up : corner;
    }
    out[i] = left = (in[i] + predicted) & 0xff;
    corner = up;
  }
}

static void add_above(const uint8_t *in, const uint8_t *above, uint8_t *out, size_t bytes) {
  size_t i = 0;
  for (; i + 16 <= bytes; i += 16)
    wasm_v128_store(out + i, wasm_i8x16_add(wasm_v128_load(in + i), wasm_v128_load(above + i)));
  for (; i < bytes; i++) out[i] = in[i] + above[i];
}

// Inflates `length` bytes of a zlib stream, which must give just the filtered rows, and writes the pixels as RGB to `out`, which has
// room for four bytes more. 0 where the stream or a filter is none.
EXPORT(decode)
int decode(const uint8_t *stream, size_t length, size_t width, size_t height, size_t channels, uint8_t *out) {
  // Gray pixels wait at the end until each becomes three.
  uint8_t *const gray = out + 2 * width * height, *const pixels = channels == 1 ? gray : out;
  const size_t bytes = width * channels, filtered = height * (1 + bytes);
  static struct libdeflate_decompressor *decompressor;
  if (decompressor == NULL) decompressor = libdeflate_alloc_decompressor();
  uint8_t *rows = malloc(filtered + 4), *before_first = calloc(bytes + 4, 1);
  size_t read = 0;
  int good = decompressor != NULL && rows != NULL && before_first != NULL &&
             libdeflate_zlib_decompress_ex(decompressor, stream, length, rows, filtered, &read, NULL) == 0 && read == length;
  const uint8_t *above = before_first;
  for (size_t y = 0; good && y < height; y++) {
    const uint8_t *in = rows + y * (1 + bytes) + 1;
    uint8_t *to = pixels + y * bytes;
    const int filter = in[-1];
    if (filter > 4) good = 0;
    else if (filter == 0) memcpy(to, in, bytes);
    else if (filter == 2) add_above(in, above, to, bytes);
    else if (channels == 3) colour_row(filter, in, above, to, bytes);
    else gray_row(filter, in, above, to, bytes);
    above = to;
  }
  for (size_t i = 0; channels == 1 && i < width * height; i++) {
    const uint8_t level = gray[i];
    out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = level;
  }
  free(rows);
  free(before_first);
  return good;
}
