const ran = new WeakMap<object, Set<string>>();
/** How many networks have run at each shape. */
const networks = new Map<string, number>();

/** More are not worth their time: a process that changes its network so often gets other last digits at first. */
const MOST_RUNS = 16;

/**
 * Runs a network so that the same input gives the same bits, be it the first or the thousandth. Backend onnx builds weights into a graph
 * once they have stayed the same from run to run, which may change last digits: so the first run is repeated until that has happened.
 * It takes two runs, and for each further network of the process twice as many.
 *
 * @param network - Whose graphs these are.
 * @param shape - What tells its graphs apart, such as the number of images.
 * @param run - Makes its tensors anew each time: one that is the same in two runs would count as a weight.
 */
export async function settled<T>(network: object, shape: string, run: () => Promise<T>): Promise<T> {
  const shapes = ran.get(network) ?? new Set();
  ran.set(network, shapes);
  if (!shapes.has(shape)) {
    const before = networks.get(shape) ?? 0;
    const runs = Math.min(2 ** before, MOST_RUNS);
    for (let n = 0; n < runs; n++) await run();
    networks.set(shape, before + 1);
    shapes.add(shape);
  }
  return run();
}
