/*
 * libjpeg-turbo's Huffman decoder with one table look-up for most coefficients: the next bits give run, value and length at once.
 */
#define jinit_huff_decoder init_plain
#include "jdhuff.c"
#undef jinit_huff_decoder

/* Bits looked at: code and value together. */
#define LOOK 11

/* Of a table: nothing where code and value take more bits; else the value, run + 1 in the middle byte, and the bits taken in the lowest. */
static int quick[NUM_HUFF_TBLS][1 << LOOK];

#define END_OF_BLOCK 128

static void fill_quick(const d_derived_tbl *table, int *out) {
  for (int bits = 0; bits < 1 << LOOK; bits++) {
    const int found = table->lookup[bits >> (LOOK - HUFF_LOOKAHEAD)];
    const int run = (found >> 4) & 15, size = found & 15, length = found >> HUFF_LOOKAHEAD, total = length + size;
    out[bits] = 0;
    if (length > HUFF_LOOKAHEAD || total > LOOK) continue;
    if (size > 0) {
      const int value = (bits >> (LOOK - total)) & ((1 << size) - 1);
      out[bits] = (unsigned)HUFF_EXTEND(value, size) << 16 | (run + 1) << 8 | total;
    } else if (run != 15) out[bits] = END_OF_BLOCK << 8 | total;
  }
}

static void start_pass(j_decompress_ptr info) {
  start_pass_huff_decoder(info);
  huff_entropy_ptr entropy = (huff_entropy_ptr)info->entropy;
  for (int i = 0; i < info->comps_in_scan; i++) {
    const int number = info->cur_comp_info[i]->ac_tbl_no;
    fill_quick(entropy->ac_derived_tbls[number], quick[number]);
  }
}

/* At least 32 bits at the upper end of `get_buffer`, four bytes at once where none is 0xff. */
#define FILL \
  if (bits_left < 32) { \
    unsigned int four; \
    memcpy(&four, buffer, 4); \
    if ((four & (~four - 0x01010101u) & 0x80808080u) == 0) { \
      get_buffer |= (bit_buf_type)__builtin_bswap32(four) << (32 - bits_left); \
      bits_left += 32; \
      buffer += 4; \
    } else do { \
      const bit_buf_type byte = *buffer++; \
      if (byte == 0xff && *buffer++ != 0) return FALSE; \
      get_buffer |= byte << (56 - bits_left); \
      bits_left += 8; \
    } while (bits_left < 32); \
  }
#define NEXT(count) ((int)(get_buffer >> (64 - (count))))
#define TAKE(count) (get_buffer <<= (count), bits_left -= (count))

/* A code of at most 16 bits that `quick` does not have; -1 when it is none. */
#define SYMBOL \
    { \
      const int found = table->lookup[NEXT(HUFF_LOOKAHEAD)]; \
      int length = found >> HUFF_LOOKAHEAD; \
      symbol = found & 255; \
      if (length > HUFF_LOOKAHEAD) { \
        while (NEXT(length) > table->maxcode[length]) length++; \
        if (length > 16) return FALSE; \
        symbol = table->pub->huffval[(NEXT(length) + table->valoffset[length]) & 255]; \
      } \
      TAKE(length); \
    }
#define VALUE(size) \
    const int bits = NEXT(size); \
    const int value = HUFF_EXTEND(bits, size); \
    TAKE(size);

/* FALSE at a marker or a code that is none, with nothing changed but coefficients. */
static boolean decode_quickly(j_decompress_ptr info, JBLOCKROW *blocks) {
  huff_entropy_ptr entropy = (huff_entropy_ptr)info->entropy;
  savable_state state = entropy->saved;
  int bits_left = entropy->bitstate.bits_left;
  bit_buf_type get_buffer = bits_left == 0 ? 0 : entropy->bitstate.get_buffer << (64 - bits_left);
  const JOCTET *buffer = info->src->next_input_byte;

  for (int i = 0; i < info->blocks_in_MCU; i++) {
    JCOEF *block = *blocks[i];
    const int component = info->MCU_membership[i];
    const d_derived_tbl *table = entropy->dc_cur_tbls[i];
    const int *look_up = quick[info->cur_comp_info[component]->ac_tbl_no];
    int symbol;

    FILL
    SYMBOL
    if (symbol > 0) {
      VALUE(symbol)
      state.last_dc_val[component] += value;
    }
    block[0] = state.last_dc_val[component];

    table = entropy->ac_cur_tbls[i];
    for (int k = 0; k < DCTSIZE2 - 1;) {
      FILL
      const int found = look_up[NEXT(LOOK)];
      if (found != 0) {
        k += (found >> 8) & 255;
        TAKE(found & 63);
        if (k >= DCTSIZE2) {
          if (k >= END_OF_BLOCK) break;
          return FALSE;
        }
        block[jpeg_natural_order[k]] = found >> 16;
      } else {
        SYMBOL
        const int run = symbol >> 4, size = symbol & 15;
        if (size > 0) {
          VALUE(size)
          k += run + 1;
          if (k >= DCTSIZE2) return FALSE;
          block[jpeg_natural_order[k]] = value;
        } else {
          if (run != 15) break;
          k += 16;
        }
      }
    }
  }

  info->src->bytes_in_buffer -= buffer - info->src->next_input_byte;
  info->src->next_input_byte = buffer;
  entropy->bitstate.get_buffer = bits_left == 0 ? 0 : get_buffer >> (64 - bits_left);
  entropy->bitstate.bits_left = bits_left;
  entropy->saved = state;
  return TRUE;
}

static boolean decode(j_decompress_ptr info, JBLOCKROW *blocks) {
  huff_entropy_ptr entropy = (huff_entropy_ptr)info->entropy;
  const boolean restarts = info->restart_interval != 0;
  if (restarts && entropy->restarts_to_go == 0 && !process_restart(info)) return FALSE;
  const boolean room = info->src->bytes_in_buffer >= BUFSIZE * (size_t)info->blocks_in_MCU;
  const boolean quickly = room && info->unread_marker == 0 && decode_quickly(info, blocks);
  if (!quickly && !entropy->pub.insufficient_data && !decode_mcu_slow(info, blocks)) return FALSE;
  if (restarts) entropy->restarts_to_go--;
  return TRUE;
}

void jinit_huff_decoder(j_decompress_ptr info) {
  init_plain(info);
  info->entropy->start_pass = start_pass;
  info->entropy->decode_mcu = decode;
}
