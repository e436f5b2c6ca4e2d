import { workerData } from 'node:worker_threads';
import type { ReadImage, Upload } from '../scoring/engine.js';
import { type ReadOptions, readUpload } from '../scoring/read-upload.js';
import { answerCalls } from './messages.js';
import { lower } from './priority.js';

/** The thread that decodes and prepares images: files in, pixels out, moved and not copied. */
const options = workerData as ReadOptions;
lower();

answerCalls<Upload, ReadImage>(async (upload) => {
  const { image: prepared, hash } = await readUpload(upload, options);
  // A decoder's own memory cannot be moved.
  const image = { ...prepared.image, data: new Uint8Array(prepared.image.data) };
  return { result: { image: { ...prepared, image }, hash }, moved: [image.data.buffer] };
});
