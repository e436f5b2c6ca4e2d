import { join } from 'node:path';
import { readFileOf, sha256 } from '@mint/internal/node';

/** Which model made a decision. */
export interface ModelId {
  /** Name of the model in a folder of models, such as `parts`. */
  readonly name?: string | undefined;
  /** Its version; where it has no name, the start of its hash. */
  readonly version: string;
  /** SHA-256 of the model's description, which names the weights by their hash and holds the limits: a decision rests on both. */
  readonly hash: string;
  /** The same without limits and good scores: models with equal ones give an image the same score. */
  readonly scoring: string;
}

/** How a record, an answer and a message call it: `parts/3`, or the start of the hash. */
export const versionOf = ({ name, version }: ModelId): string =>
  name === undefined ? version : `${name}/${version}`;

/** Parts of a calibration that change scores. */
const RULES = ['sizeRules', 'regionsOfInterest', 'outsideFeatures', 'outsidePixels'] as const;

/** The model in a folder. @throws MintError `NOT_FOUND` when there is none. */
export async function modelIdOf(
  folder: string,
  named?: { readonly name: string; readonly version: string },
): Promise<ModelId> {
  const description = await readFileOf('model description', join(folder, 'model.json'));
  const hash = sha256(description);
  return { version: hash.slice(0, 12), ...named, hash, scoring: scoringOf(description) ?? hash };
}

function scoringOf(description: Uint8Array): string | undefined {
  try {
    const { config, weights, calibration = {} } = JSON.parse(new TextDecoder().decode(description));
    const rules = RULES.map((rule) => calibration[rule] ?? null);
    return sha256(JSON.stringify([config, weights, rules])).slice(0, 16);
  } catch {
    // Whoever loads the model says what is wrong with it.
    return undefined;
  }
}
