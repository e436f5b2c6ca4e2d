import { joinWeights } from '@mint/backbone';
import { MintError } from '@mint/internal';
import type { BackboneOrigin, LoadedBackbone } from './load-backbone.js';

/**
 * Several backbones as one, whose features stand side by side in each token. One alone stays what it is.
 *
 * @param parts - As from {@link loadBackbone}.
 * @returns `origin` names weights, revisions and hashes of all parts, joined by `+` in their order.
 * @throws MintError `INVALID_ARGUMENT` without a part.
 *
 * @example
 * ```ts
 * import { backboneInfo } from '@mint/backbone';
 * import { joinBackbones, loadBackbone } from '@mint/trainer';
 *
 * const parts = [await loadBackbone(undefined), await loadBackbone(undefined)]; // usually two files
 * const { backbone } = joinBackbones(parts);
 * console.log(backbone.kind, backboneInfo(backbone).totalChannels); // joined 294
 * ```
 */
export function joinBackbones(parts: readonly LoadedBackbone[]): LoadedBackbone {
  const [first, ...others] = parts;
  if (first === undefined) throw new MintError('INVALID_ARGUMENT', 'joinBackbones: `parts` is empty.');
  if (others.length === 0) return first;
  return {
    backbone: { kind: 'joined', parts: parts.map(({ backbone }) => backbone) },
    weights: joinWeights(parts.map(({ weights }) => weights)),
    origin: parts.some(({ origin }) => origin) ? joinedOrigin(parts) : undefined,
  };
}

/** Names, revisions and hashes of all parts in their order; a part that has none leaves a dash. */
function joinedOrigin(parts: readonly LoadedBackbone[]): BackboneOrigin {
  const all = (of: (origin: BackboneOrigin) => string | undefined) =>
    parts.map(({ origin }) => (origin && of(origin)) ?? '-').join('+');
  const some = (of: (origin: BackboneOrigin) => string | undefined) =>
    parts.some(({ origin }) => origin && of(origin)) ? all(of) : undefined;
  return {
    name: parts.map(({ backbone, origin }) => origin?.name ?? backbone.kind).join('+'),
    revision: some(({ revision }) => revision),
    sha256: all(({ sha256 }) => sha256),
    licence: some(({ licence }) => licence),
  };
}
