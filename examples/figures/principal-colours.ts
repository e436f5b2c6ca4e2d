/** Maps vectors to colours: their three strongest principal components, the middle 96 % of each stretched to [0, 1]. */
export type PrincipalColours = (vectors: Float32Array) => Float32Array;

/** Components by power iteration on the covariance of `[count, width]` vectors. */
export function principalColours(vectors: Float32Array, width: number): PrincipalColours {
  const count = vectors.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < vectors.length; i++)
    mean[i % width] = (mean[i % width] ?? 0) + (vectors[i] ?? 0) / count;
  const covariance = new Float64Array(width * width);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < width; i++) {
      const a = (vectors[n * width + i] ?? 0) - (mean[i] ?? 0);
      for (let j = 0; j <= i; j++) {
        const b = (vectors[n * width + j] ?? 0) - (mean[j] ?? 0);
        covariance[i * width + j] = (covariance[i * width + j] ?? 0) + a * b;
      }
    }
  }
  const at = (i: number, j: number) => covariance[i >= j ? i * width + j : j * width + i] ?? 0;
  const components: Float64Array[] = [];
  for (let k = 0; k < 3; k++) {
    let vector = Float64Array.from({ length: width }, (_, i) => Math.cos(i * (k + 1)));
    for (let step = 0; step < 100; step++) {
      const next = Float64Array.from({ length: width }, (_, i) =>
        vector.reduce((sum, v, j) => sum + at(i, j) * v, 0),
      );
      for (const other of components) {
        const along = next.reduce((sum, v, i) => sum + v * (other[i] ?? 0), 0);
        for (let i = 0; i < width; i++) next[i] = (next[i] ?? 0) - along * (other[i] ?? 0);
      }
      const length = Math.sqrt(next.reduce((sum, v) => sum + v * v, 0)) || 1;
      vector = next.map((v) => v / length);
    }
    components.push(vector);
  }
  const project = (of: Float32Array) => {
    const rows = of.length / width;
    return components.map((component) =>
      Float64Array.from({ length: rows }, (_, n) =>
        component.reduce((sum, c, i) => sum + c * ((of[n * width + i] ?? 0) - (mean[i] ?? 0)), 0),
      ),
    );
  };
  const ends = project(vectors).map((values) => {
    const sorted = values.toSorted();
    return [sorted[Math.floor(0.02 * count)] ?? 0, sorted[Math.ceil(0.98 * count) - 1] ?? 1] as const;
  });
  return (of) => {
    const projected = project(of);
    const rows = of.length / width;
    return Float32Array.from({ length: rows * 3 }, (_, i) => {
      const [low, high] = ends[i % 3] ?? [0, 1];
      return ((projected[i % 3]?.[Math.floor(i / 3)] ?? 0) - low) / (high - low);
    });
  };
}
