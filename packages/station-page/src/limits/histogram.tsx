import type { LimitTrial } from '../contract.js';
import { useSpeaker } from '../language.js';

const [WIDTH, HEIGHT] = [600, 160];

/** The recorded scores; those above the limit are in the colour of alarms. */
export function Histogram({
  trial,
  range,
  limit,
}: {
  trial: LimitTrial;
  range: readonly [number, number];
  limit: number;
}) {
  const { text, score, whole } = useSpeaker();
  const { low, high, counts } = trial.bins;
  const [left, right] = range;
  const x = (value: number) => ((value - left) / (right - left)) * WIDTH;
  const most = Math.max(1, ...counts);
  const step = (high - low) / counts.length;
  // Large counts would hide the few alarms.
  const heightOf = (count: number) =>
    count === 0 ? 0 : (Math.log1p(count) / Math.log1p(most)) * (HEIGHT - 4);
  const label = text('histogram', { count: trial.recorded, low: score(low), high: score(high) });
  return (
    <svg
      class="histogram"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {counts.map((count, i) => {
        const from = low + i * step;
        const height = heightOf(count);
        return (
          <rect
            key={i}
            class={from >= limit ? 'above' : 'below'}
            x={x(from)}
            y={HEIGHT - height}
            width={Math.max(1, x(from + step) - x(from) - 1)}
            height={height}
          >
            <title>{whole(count)}</title>
          </rect>
        );
      })}
      <line class="limit" x1={x(limit)} x2={x(limit)} y1="0" y2={HEIGHT} />
    </svg>
  );
}
