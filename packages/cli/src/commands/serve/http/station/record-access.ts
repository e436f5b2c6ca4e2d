import type { Recorder } from '../../../../scoring/recorder.js';
import { noRecord, Refusal, recordFailed } from '../../errors.js';

/** The record of decisions. @throws Refusal with status 409 when the server keeps none. */
export function recordOf(recorder: Recorder | undefined): Recorder {
  if (recorder === undefined) throw noRecord();
  return recorder;
}

/** What the record gives. Refusals stay; other errors are the server's own. */
export async function fromRecord<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    if (error instanceof Refusal) throw error;
    throw recordFailed(error);
  });
}
