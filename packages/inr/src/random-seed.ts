/** A seed for a layer that was given none. It goes into the layer's config, so the draw can be repeated. */
export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
