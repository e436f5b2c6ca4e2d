/*
 * libjpeg-turbo's hot stages with 128-bit WebAssembly SIMD: the algorithms of jidctint.c, jidctred.c, jdsample.c and jdcolor.c, bit for bit on
 * pictures that an encoder made. As in libjpeg-turbo's own SIMD code, values in between have 16 bits.
 */
#include <wasm_simd128.h>

#define jsimd_can_ycc_rgb none_can_ycc_rgb
#define jsimd_ycc_rgb_convert none_ycc_rgb_convert
#define jsimd_can_idct_4x4 none_can_idct_4x4
#define jsimd_idct_4x4 none_idct_4x4
#define jsimd_can_idct_islow none_can_idct_islow
#define jsimd_idct_islow none_idct_islow
#define jsimd_can_h2v2_fancy_upsample none_can_h2v2_fancy_upsample
#define jsimd_h2v2_fancy_upsample none_h2v2_fancy_upsample
#include "jsimd_none.c"
#undef jsimd_can_h2v2_fancy_upsample
#undef jsimd_h2v2_fancy_upsample
#undef jsimd_can_ycc_rgb
#undef jsimd_ycc_rgb_convert
#undef jsimd_can_idct_4x4
#undef jsimd_idct_4x4
#undef jsimd_can_idct_islow
#undef jsimd_idct_islow

int jsimd_can_ycc_rgb(void) { return 1; }
int jsimd_can_idct_4x4(void) { return 1; }
int jsimd_can_idct_islow(void) { return 1; }
int jsimd_can_h2v2_fancy_upsample(void) { return 1; }

/* Blocks of coefficients are cleared with it, a few hundred bytes at a time. */
__attribute__((no_builtin("memset"))) void *memset(void *target, int value, size_t size) {
  unsigned char *at = target, *end = at + size;
  const v128_t bytes = wasm_i8x16_splat(value);
  for (; end - at >= 16; at += 16) wasm_v128_store(at, bytes);
  while (at < end) *at++ = value;
  return target;
}

#define INLINE_FUNCTION static inline __attribute__((always_inline))

/* a0 b0 a1 b1 … */
INLINE_FUNCTION v128_t low16(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
INLINE_FUNCTION v128_t high16(v128_t a, v128_t b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
INLINE_FUNCTION v128_t low32(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
INLINE_FUNCTION v128_t high32(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }
INLINE_FUNCTION v128_t low64(v128_t a, v128_t b) { return wasm_i64x2_shuffle(a, b, 0, 2); }
INLINE_FUNCTION v128_t high64(v128_t a, v128_t b) { return wasm_i64x2_shuffle(a, b, 1, 3); }

/* The sums a·x + b·y of 32 bits, of interleaved x and y. */
#define DOT(pairs, a, b) wasm_i32x4_dot_i16x8(pairs, wasm_i16x8_const(a, b, a, b, a, b, a, b))
#define ADD wasm_i32x4_add
#define SUBTRACT wasm_i32x4_sub
#define ROUNDED(sum, shift) wasm_i32x4_shr(ADD(sum, wasm_i32x4_splat(1 << ((shift) - 1))), shift)

INLINE_FUNCTION v128_t coefficients(const JCOEF *block, const ISLOW_MULT_TYPE *factors, int row) {
  return wasm_i16x8_mul(wasm_v128_load(block + 8 * row), wasm_v128_load(factors + 8 * row));
}

/* 1-D inverse DCT to 4 values, of input pairs (0, any), (2, 6), (7, 5), (3, 1), fixed point with 13 bits; times 2. */
INLINE_FUNCTION void idct4(v128_t p04, v128_t p26, v128_t p75, v128_t p31, v128_t out[4]) {
  const v128_t dc = DOT(p04, 1 << 14, 0);
  const v128_t even = DOT(p26, 15137, -6270);
  const v128_t inner = ADD(DOT(p75, -1730, 11893), DOT(p31, -17799, 8697));
  const v128_t outer = ADD(DOT(p75, -4176, -4926), DOT(p31, 7373, 20995));
  const v128_t sum = ADD(dc, even), difference = SUBTRACT(dc, even);
  out[0] = ADD(sum, outer);
  out[1] = ADD(difference, inner);
  out[2] = SUBTRACT(difference, inner);
  out[3] = SUBTRACT(sum, outer);
}

void jsimd_idct_4x4(j_decompress_ptr info, jpeg_component_info *component, JCOEFPTR block, JSAMPARRAY to, JDIMENSION column) {
  const ISLOW_MULT_TYPE *factors = component->dct_table;
  v128_t c[8], left[4], right[4], out[4];
  for (int i = 0; i < 8; i++) {
    if (i != 4) c[i] = coefficients(block, factors, i);
  }
  idct4(low16(c[0], c[0]), low16(c[2], c[6]), low16(c[7], c[5]), low16(c[3], c[1]), left);
  idct4(high16(c[0], c[0]), high16(c[2], c[6]), high16(c[7], c[5]), high16(c[3], c[1]), right);
  for (int i = 0; i < 4; i++) {
    const v128_t row = wasm_i16x8_narrow_i32x4(ROUNDED(left[i], 12), ROUNDED(right[i], 12));
    c[i] = wasm_i16x8_shuffle(row, row, 0, 4, 2, 6, 7, 5, 3, 1);
  }
  /* Four rows of four pairs become four vectors of one pair each. */
  const v128_t a = low32(c[0], c[1]), b = high32(c[0], c[1]), d = low32(c[2], c[3]), e = high32(c[2], c[3]);
  idct4(low64(a, d), high64(a, d), low64(b, e), high64(b, e), out);
  const v128_t columns = wasm_i8x16_narrow_i16x8(
    wasm_i16x8_narrow_i32x4(ROUNDED(out[0], 19), ROUNDED(out[1], 19)),
    wasm_i16x8_narrow_i32x4(ROUNDED(out[2], 19), ROUNDED(out[3], 19)));
  const v128_t rows = wasm_i8x16_add(
    wasm_i8x16_shuffle(columns, columns, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), wasm_i8x16_const_splat(-128));
  wasm_v128_store32_lane(to[0] + column, rows, 0);
  wasm_v128_store32_lane(to[1] + column, rows, 1);
  wasm_v128_store32_lane(to[2] + column, rows, 2);
  wasm_v128_store32_lane(to[3] + column, rows, 3);
}

/* 1-D inverse DCT of four columns, of input pairs (0 + 4, 0 - 4), (2, 6), (7, 1), (5, 3), (7 + 3, 5 + 1), fixed point with 13 bits. */
INLINE_FUNCTION void idct8(v128_t p0, v128_t p26, v128_t p71, v128_t p53, v128_t sums, v128_t out[8]) {
  const v128_t a = DOT(p0, 1 << 13, 0), b = DOT(p0, 0, 1 << 13);
  const v128_t c = DOT(p26, 10703, 4433), d = DOT(p26, 4433, -10704);
  const v128_t z3 = DOT(sums, -6436, 9633), z4 = DOT(sums, 9633, 6437);
  const v128_t even[4] = { ADD(a, c), ADD(b, d), SUBTRACT(b, d), SUBTRACT(a, c) };
  const v128_t odd[4] = {
    ADD(DOT(p71, -7373, 4926), z4), ADD(DOT(p53, -20995, 4177), z3),
    ADD(DOT(p53, -4176, -20995), z4), ADD(DOT(p71, -4927, -7373), z3),
  };
  for (int i = 0; i < 4; i++) {
    out[i] = ADD(even[i], odd[i]);
    out[7 - i] = SUBTRACT(even[i], odd[i]);
  }
}

/* 1-D inverse DCT of eight columns, in place. */
INLINE_FUNCTION void idct8x8(v128_t c[8], int shift) {
  v128_t left[8], right[8];
  const v128_t sum = wasm_i16x8_add(c[0], c[4]), difference = wasm_i16x8_sub(c[0], c[4]);
  const v128_t z3 = wasm_i16x8_add(c[7], c[3]), z4 = wasm_i16x8_add(c[5], c[1]);
  idct8(low16(sum, difference), low16(c[2], c[6]), low16(c[7], c[1]), low16(c[5], c[3]), low16(z3, z4), left);
  idct8(high16(sum, difference), high16(c[2], c[6]), high16(c[7], c[1]), high16(c[5], c[3]), high16(z3, z4), right);
  for (int i = 0; i < 8; i++) c[i] = wasm_i16x8_narrow_i32x4(ROUNDED(left[i], shift), ROUNDED(right[i], shift));
}

INLINE_FUNCTION void transpose(v128_t c[8]) {
  v128_t a[8], b[8];
  for (int i = 0; i < 4; i++) {
    a[2 * i] = low16(c[2 * i], c[2 * i + 1]);
    a[2 * i + 1] = high16(c[2 * i], c[2 * i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    b[i] = low32(a[i], a[i + 2]);
    b[i + 1] = high32(a[i], a[i + 2]);
    b[i + 2] = low32(a[i + 1], a[i + 3]);
    b[i + 3] = high32(a[i + 1], a[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    c[2 * i] = low64(b[i], b[i + 4]);
    c[2 * i + 1] = high64(b[i], b[i + 4]);
  }
}

void jsimd_idct_islow(j_decompress_ptr info, jpeg_component_info *component, JCOEFPTR block, JSAMPARRAY to, JDIMENSION column) {
  const ISLOW_MULT_TYPE *factors = component->dct_table;
  v128_t c[8];
  for (int i = 0; i < 8; i++) c[i] = coefficients(block, factors, i);
  v128_t changes = wasm_v128_and(c[0], wasm_i16x8_const(0, -1, -1, -1, -1, -1, -1, -1));
  for (int i = 1; i < 8; i++) changes = wasm_v128_or(changes, c[i]);
  if (!wasm_v128_any_true(changes)) {
    const int level = (wasm_i16x8_extract_lane(c[0], 0) + 4) >> 3;
    const v128_t flat = wasm_i8x16_splat(128 + (level < -128 ? -128 : level > 127 ? 127 : level));
    for (int i = 0; i < 8; i++) wasm_v128_store64_lane(to[i] + column, flat, 0);
    return;
  }
  idct8x8(c, 11);
  transpose(c);
  idct8x8(c, 18);
  transpose(c);
  for (int i = 0; i < 8; i += 2) {
    const v128_t rows = wasm_i8x16_add(wasm_i8x16_narrow_i16x8(c[i], c[i + 1]), wasm_i8x16_const_splat(-128));
    wasm_v128_store64_lane(to[i] + column, rows, 0);
    wasm_v128_store64_lane(to[i + 1] + column, rows, 1);
  }
}

INLINE_FUNCTION v128_t shifted(v128_t low, v128_t high) {
  return wasm_i16x8_narrow_i32x4(ROUNDED(low, 16), ROUNDED(high, 16));
}

/* What chroma of eight pixels adds to their luma: the factors of jdcolor.c, of which whole multiples of 2^16 stand apart. */
INLINE_FUNCTION void rgbOffsets(v128_t blue, v128_t red, v128_t offsets[3]) {
  const v128_t low = low16(blue, red), high = high16(blue, red);
  offsets[0] = wasm_i16x8_add(red, shifted(DOT(low, 0, 26345), DOT(high, 0, 26345)));
  offsets[1] = wasm_i16x8_sub(shifted(DOT(low, -22554, 18734), DOT(high, -22554, 18734)), red);
  offsets[2] = wasm_i16x8_add(wasm_i16x8_shl(blue, 1), shifted(DOT(low, -14942, 0), DOT(high, -14942, 0)));
}

/* Sixteen pixels at a time: rows of `input` are padded to them, the last row of `output` is followed by room for them. */
void jsimd_ycc_rgb_convert(j_decompress_ptr info, JSAMPIMAGE input, JDIMENSION row, JSAMPARRAY output, int rows) {
  const v128_t centre = wasm_i8x16_const_splat(-128);
  for (; rows > 0; rows--, row++, output++) {
    JSAMPLE *to = *output;
    for (JDIMENSION x = 0; x < info->output_width; x += 16, to += 48) {
      const v128_t luma = wasm_v128_load(input[0][row] + x);
      const v128_t blue = wasm_v128_xor(wasm_v128_load(input[1][row] + x), centre);
      const v128_t red = wasm_v128_xor(wasm_v128_load(input[2][row] + x), centre);
      v128_t left[3], right[3], rgb[3];
      rgbOffsets(wasm_i16x8_extend_low_i8x16(blue), wasm_i16x8_extend_low_i8x16(red), left);
      rgbOffsets(wasm_i16x8_extend_high_i8x16(blue), wasm_i16x8_extend_high_i8x16(red), right);
      for (int c = 0; c < 3; c++) {
        rgb[c] = wasm_u8x16_narrow_i16x8(
          wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(luma), left[c]), wasm_i16x8_add(wasm_u16x8_extend_high_u8x16(luma), right[c]));
      }
      /* Red and green side by side, then blue between them. */
      const v128_t first = wasm_i8x16_shuffle(rgb[0], rgb[1], 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
      const v128_t second = wasm_i8x16_shuffle(rgb[0], rgb[1], 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
      const v128_t third = wasm_i8x16_shuffle(rgb[0], rgb[1], 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
      wasm_v128_store(to, wasm_i8x16_shuffle(first, rgb[2], 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
      wasm_v128_store(to + 16, wasm_i8x16_shuffle(second, rgb[2], 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
      wasm_v128_store(to + 32, wasm_i8x16_shuffle(third, rgb[2], 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
    }
  }
}

/* 3/4 of the nearer row and 1/4 of the further, times 4: eight columns. */
INLINE_FUNCTION v128_t column_sums(const JSAMPLE *near, const JSAMPLE *far) {
  return wasm_i16x8_add(wasm_i16x8_mul(wasm_u16x8_load8x8(near), wasm_i16x8_const_splat(3)), wasm_u16x8_load8x8(far));
}

/* The same across: sixteen samples of eight sums and their neighbours. Rows are padded to them. */
void jsimd_h2v2_fancy_upsample(j_decompress_ptr info, jpeg_component_info *component, JSAMPARRAY input, JSAMPARRAY *output) {
  const JDIMENSION width = component->downsampled_width;
  for (int row = 0; row < info->max_v_samp_factor; row++) {
    const JSAMPLE *near = input[row / 2], *far = input[row % 2 == 0 ? row / 2 - 1 : row / 2 + 1];
    JSAMPLE *to = (*output)[row];
    v128_t sums = column_sums(near, far);
    v128_t before = wasm_i16x8_splat(wasm_u16x8_extract_lane(sums, 0));
    for (JDIMENSION x = 0; x < width; x += 8) {
      const v128_t after = x + 8 < width ? column_sums(near + x + 8, far + x + 8) : sums;
      const v128_t left = wasm_i16x8_shuffle(before, sums, 7, 8, 9, 10, 11, 12, 13, 14);
      const v128_t right = wasm_i16x8_shuffle(sums, after, 1, 2, 3, 4, 5, 6, 7, 8);
      const v128_t three = wasm_i16x8_mul(sums, wasm_i16x8_const_splat(3));
      const v128_t even = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(three, left), wasm_i16x8_const_splat(8)), 4);
      const v128_t odd = wasm_u16x8_shr(wasm_i16x8_add(wasm_i16x8_add(three, right), wasm_i16x8_const_splat(7)), 4);
      wasm_v128_store(to + 2 * x, wasm_v128_or(even, wasm_i16x8_shl(odd, 8)));
      before = sums;
      sums = after;
    }
    to[2 * width - 1] = (4 * (3 * near[width - 1] + far[width - 1]) + 7) >> 4;
  }
}
