import { oneLine } from '@mint/internal';
import { versionOf } from '../../../scoring/model-id.js';
import type { Recorder } from '../../../scoring/recorder.js';
import type { ShadowCopy } from '../scoring/service.js';

/** Has the shadow model score a recorded image, and records what it would have decided. Failures are said and change nothing. */
export async function recordShadow(
  copy: ShadowCopy,
  decisionId: number,
  { history }: Pick<Recorder, 'history'>,
  say: (text: string) => void,
): Promise<void> {
  const began = performance.now();
  const scored = await copy.score();
  if (scored === undefined) return;
  const { score, p, decision, class: className } = scored.decision;
  const { hash: modelHash } = scored.model;
  const modelVersion = versionOf(scored.model);
  const milliseconds = performance.now() - began;
  await history
    .addShadow({ decisionId, score, p, decision, className, modelHash, modelVersion, milliseconds })
    .catch((error) => say(`what the shadow model decided is not recorded: ${oneLine(error)}`));
}
