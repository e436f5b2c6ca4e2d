import type { Provenance } from '@mint/detector';
import type { BackboneOrigin } from './load-backbone.js';

/** Entries of a model's provenance that name the weights of its backbone; none where it has none. */
export function originRecord(origin: BackboneOrigin | undefined): Record<string, string> {
  if (origin === undefined) return {};
  const { name, revision, sha256, licence } = origin;
  return {
    backbone: name,
    ...(revision === undefined ? {} : { backboneRevision: revision }),
    backboneSha256: sha256,
    ...(licence === undefined ? {} : { backboneLicence: licence }),
  };
}

/** The same entries of a model that was trained earlier, without the licence, for the protocol of an evaluation. */
export function originOf(provenance: Provenance = {}): Record<string, string> {
  const keys = ['backbone', 'backboneRevision', 'backboneSha256'];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = provenance[key];
      return value === undefined ? [] : [[key, String(value)] as const];
    }),
  );
}
