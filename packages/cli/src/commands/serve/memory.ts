import { MAX_CONNECTIONS } from './http/server.js';
import { RECENT_BYTES } from './http/station/recent.js';
import { MAX_FILES } from './http/uploads.js';
import { MOST_SHADOWED } from './scoring/service.js';
import { READER_HEAP, READERS } from './threads/threaded-engine.js';

/** A part of the memory that a server may take besides its model. */
export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

/** Limits that decide about the memory; see `ServeFlags`. */
export interface MemoryLimits {
  readonly maxBytes: number;
  readonly maxPixels: number;
  /** Whether the model cuts large images into tiles. */
  readonly tiles: boolean;
  /** Folder of models: a second one may be scored beside the one in service. */
  readonly models?: string | undefined;
}

/** Files that were freed stay until the garbage collector has run. */
const SLACK = 2;

/**
 * Bytes per pixel while an image is decoded, turned upright and resized. Measured with 32 megapixels: 11.7 for a progressive JPEG of
 * four colours, 11.3 for an interlaced PNG of 16 bits, 10.5 for WebP, 9.5 for a progressive JPEG on its side, 7 or less for others.
 */
const DECODING = 16;

/** Buffers of a connection in Node, and what it has sent of headers. */
const CONNECTION = 100_000;

/** Most bytes for an image in tiles; see `planTiles` of `@mint/image`. */
const TILES = 2 ** 31;

/** The parts whose sum bounds the memory of a server, besides Node and the model. */
export function memoryParts({ maxBytes, maxPixels, tiles, models }: MemoryLimits): MemoryPart[] {
  const shadow = { what: 'images for a shadow model', bytes: MOST_SHADOWED * maxBytes };
  const parts = [
    { what: 'files and answers', bytes: SLACK * MAX_FILES * maxBytes },
    { what: 'images being decoded', bytes: READERS * (maxPixels * DECODING + READER_HEAP * 1e6) },
    { what: 'connections', bytes: MAX_CONNECTIONS * CONNECTION },
    { what: 'the newest decisions', bytes: RECENT_BYTES },
    ...(models === undefined ? [] : [shadow]),
  ];
  return tiles ? [...parts, { what: 'an image in tiles', bytes: TILES + 2 * 3 * maxPixels }] : parts;
}
