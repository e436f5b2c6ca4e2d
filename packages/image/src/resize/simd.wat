;; The two passes of Pillow's resize on bytes, 128-bit SIMD. A weight of 22 fractional bits is cut into high · 2^11 + low,
;; so that pairs of pixels meet pairs of 16-bit weights (i32x4.dot_i16x8_s); the sums are those of 32-bit integers.
;; A table of weights holds for each pair of taps four i16: high, high, low, low.
;; `pnpm build:wasm` turns this file into simd-module.ts.
(module
  (memory (export "memory") 1)

  ;; RGB rows: out[y, x] = clip(Σ source[y, first[x] + k] · weight[x, k]). `first` holds byte offsets.
  (func (export "columns")
    (param $source i32) (param $stride i32) (param $rows i32) (param $out i32) (param $to i32)
    (param $first i32) (param $pairs i32) (param $weights i32) (param $weightStride i32)
    (local $x i32) (local $n i32) (local $p i32) (local $w i32) (local $pixels v128) (local $high v128) (local $low v128)
    (loop $row
      (local.set $x (i32.const 0))
      (loop $column
        (local.set $p (i32.add (local.get $source)
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $x) (i32.const 2))))))
        (local.set $n (i32.load (i32.add (local.get $pairs) (i32.shl (local.get $x) (i32.const 2)))))
        (local.set $w (i32.add (local.get $weights) (i32.mul (local.get $x) (local.get $weightStride))))
        (local.set $high (v128.const i32x4 0 0 0 0))
        (local.set $low (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (loop $tap
          ;; r0 g0 b0 r1 g1 b1 as i16: r0 r1 g0 g1 b0 b1
          (local.set $pixels (i8x16.shuffle 0 16 3 16 1 16 4 16 2 16 5 16 16 16 16 16
            (v128.load64_zero (local.get $p)) (v128.const i32x4 0 0 0 0)))
          (local.set $high (i32x4.add (local.get $high)
            (i32x4.dot_i16x8_s (local.get $pixels) (v128.load32_splat (local.get $w)))))
          (local.set $low (i32x4.add (local.get $low)
            (i32x4.dot_i16x8_s (local.get $pixels) (v128.load32_splat offset=4 (local.get $w)))))
          (local.set $p (i32.add (local.get $p) (i32.const 6)))
          (local.set $w (i32.add (local.get $w) (i32.const 8)))
          (br_if $tap (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.set $low (i32x4.shr_s
          (i32x4.add (local.get $low) (i32x4.shl (local.get $high) (i32.const 11))) (i32.const 22)))
        (local.set $low (i16x8.narrow_i32x4_s (local.get $low) (local.get $low)))
        ;; The fourth byte is overwritten by the next pixel.
        (i32.store (local.get $out)
          (i32x4.extract_lane 0 (i8x16.narrow_i16x8_u (local.get $low) (local.get $low))))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (br_if $column (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $to))))
      (local.set $source (i32.add (local.get $source) (local.get $stride)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; out[y, x] = clip(Σ source[first[y] + k, x] · weight[y, k]) for rows of `stride` bytes, 16 at a time. `first` holds byte offsets.
  (func (export "rows")
    (param $source i32) (param $stride i32) (param $out i32) (param $to i32)
    (param $first i32) (param $pairs i32) (param $weights i32) (param $weightStride i32)
    (local $y i32) (local $x i32) (local $n i32) (local $p i32) (local $w i32)
    (local $a v128) (local $b v128) (local $lower v128) (local $upper v128) (local $wh v128) (local $wl v128)
    (local $h0 v128) (local $h1 v128) (local $h2 v128) (local $h3 v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128)
    (loop $row
      (local.set $x (i32.const 0))
      (loop $chunk
        (local.set $p (i32.add (i32.add (local.get $source) (local.get $x))
          (i32.load (i32.add (local.get $first) (i32.shl (local.get $y) (i32.const 2))))))
        (local.set $n (i32.load (i32.add (local.get $pairs) (i32.shl (local.get $y) (i32.const 2)))))
        (local.set $w (i32.add (local.get $weights) (i32.mul (local.get $y) (local.get $weightStride))))
        (local.set $h0 (v128.const i32x4 0 0 0 0))
        (local.set $h1 (local.get $h0))
        (local.set $h2 (local.get $h0))
        (local.set $h3 (local.get $h0))
        (local.set $l0 (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (local.set $l1 (local.get $l0))
        (local.set $l2 (local.get $l0))
        (local.set $l3 (local.get $l0))
        (loop $tap
          (local.set $a (v128.load (local.get $p)))
          (local.set $b (v128.load (i32.add (local.get $p) (local.get $stride))))
          (local.set $wh (v128.load32_splat (local.get $w)))
          (local.set $wl (v128.load32_splat offset=4 (local.get $w)))
          (local.set $p (i32.add (local.get $p) (i32.shl (local.get $stride) (i32.const 1))))
          (local.set $w (i32.add (local.get $w) (i32.const 8)))
          ;; Bytes a0 b0 a1 b1 …, then four vectors of i16 pairs.
          (local.set $lower (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b)))
          (local.set $upper (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $a) (local.get $b)))
          (local.set $a (i16x8.extend_low_i8x16_u (local.get $lower)))
          (local.set $h0 (i32x4.add (local.get $h0) (i32x4.dot_i16x8_s (local.get $a) (local.get $wh))))
          (local.set $l0 (i32x4.add (local.get $l0) (i32x4.dot_i16x8_s (local.get $a) (local.get $wl))))
          (local.set $a (i16x8.extend_high_i8x16_u (local.get $lower)))
          (local.set $h1 (i32x4.add (local.get $h1) (i32x4.dot_i16x8_s (local.get $a) (local.get $wh))))
          (local.set $l1 (i32x4.add (local.get $l1) (i32x4.dot_i16x8_s (local.get $a) (local.get $wl))))
          (local.set $a (i16x8.extend_low_i8x16_u (local.get $upper)))
          (local.set $h2 (i32x4.add (local.get $h2) (i32x4.dot_i16x8_s (local.get $a) (local.get $wh))))
          (local.set $l2 (i32x4.add (local.get $l2) (i32x4.dot_i16x8_s (local.get $a) (local.get $wl))))
          (local.set $a (i16x8.extend_high_i8x16_u (local.get $upper)))
          (local.set $h3 (i32x4.add (local.get $h3) (i32x4.dot_i16x8_s (local.get $a) (local.get $wh))))
          (local.set $l3 (i32x4.add (local.get $l3) (i32x4.dot_i16x8_s (local.get $a) (local.get $wl))))
          (br_if $tap (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.set $l0 (i32x4.shr_s (i32x4.add (local.get $l0) (i32x4.shl (local.get $h0) (i32.const 11))) (i32.const 22)))
        (local.set $l1 (i32x4.shr_s (i32x4.add (local.get $l1) (i32x4.shl (local.get $h1) (i32.const 11))) (i32.const 22)))
        (local.set $l2 (i32x4.shr_s (i32x4.add (local.get $l2) (i32x4.shl (local.get $h2) (i32.const 11))) (i32.const 22)))
        (local.set $l3 (i32x4.shr_s (i32x4.add (local.get $l3) (i32x4.shl (local.get $h3) (i32.const 11))) (i32.const 22)))
        ;; What is over the end of the row is overwritten by the next.
        (v128.store (i32.add (local.get $out) (local.get $x)) (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (local.get $l0) (local.get $l1)) (i16x8.narrow_i32x4_s (local.get $l2) (local.get $l3))))
        (br_if $chunk (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $stride))))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $to)))))
)
