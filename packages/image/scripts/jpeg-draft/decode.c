/* Decodes one JPEG file in memory to RGB at 1/denominator of its size. Strict: every error and every warning calls `fail`, which throws. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "jpeglib.h"
#include "jerror.h"

/* A hostile file of few bytes can have thousands of scans, each as much work as the whole picture. */
#define MAX_SCANS 100

__attribute__((import_module("env"), import_name("fail"), noreturn)) void fail(int code);

static struct jpeg_decompress_struct jpeg;
static struct jpeg_error_mgr errors;
static struct jpeg_source_mgr source;
static struct jpeg_progress_mgr progress;

static void on_error(j_common_ptr info) { fail(info->err->msg_code); }
static void on_message(j_common_ptr info, int level) {
  if (level < 0) fail(info->err->msg_code);
}
static void no_output(j_common_ptr info) {}
static void no_text(j_common_ptr info, char *buffer) { *buffer = 0; }
static void no_step(j_decompress_ptr info) {}
static boolean on_end(j_decompress_ptr info) { fail(JWRN_JPEG_EOF); }
static void skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count > info->src->bytes_in_buffer) fail(JWRN_JPEG_EOF);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= count;
}
static void count_scans(j_common_ptr info) {
  if (((j_decompress_ptr)info)->input_scan_number > MAX_SCANS) fail(JERR_BAD_PROGRESSION);
}

__attribute__((export_name("allocate"))) void *allocate(size_t size) { return malloc(size); }
__attribute__((export_name("release"))) void release(void *pointer) { free(pointer); }
__attribute__((export_name("width"))) int width(void) { return jpeg.output_width; }
__attribute__((export_name("height"))) int height(void) { return jpeg.output_height; }

/* The pixels, to be released by the caller. */
__attribute__((export_name("decode"))) JSAMPLE *decode(const JOCTET *bytes, size_t length, int denominator) {
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  errors.output_message = no_output;
  errors.format_message = no_text;
  errors.reset_error_mgr = no_output;
  jpeg.err = &errors;
  jpeg_create_decompress(&jpeg);
  source.next_input_byte = bytes;
  source.bytes_in_buffer = length;
  source.init_source = no_step;
  source.fill_input_buffer = on_end;
  source.skip_input_data = skip;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = no_step;
  jpeg.src = &source;
  progress.progress_monitor = count_scans;
  jpeg.progress = &progress;
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_RGB;
  jpeg.scale_num = 1;
  jpeg.scale_denom = denominator;
  jpeg_start_decompress(&jpeg);
  size_t stride = (size_t)jpeg.output_width * 3;
  /* Colour conversion writes sixteen pixels at a time. */
  JSAMPLE *out = malloc(stride * jpeg.output_height + 48);
  if (out == NULL) fail(JERR_OUT_OF_MEMORY);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = out + stride * jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return out;
}
