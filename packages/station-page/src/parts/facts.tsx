import type { ShownDecision } from '../contract.js';
import { type Speaker, useSpeaker } from '../language.js';
import type { TextKey } from '../texts.js';

/** What is known of a decision, as a list of terms. */
export function Facts({ of }: { of: ShownDecision }) {
  const speaker = useSpeaker();
  return (
    <dl class="facts">
      {factsOf(of, speaker).map(([key, value]) => (
        <div key={key}>
          <dt>{speaker.text(key)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(of: ShownDecision, { moment, score, whole }: Speaker): [TextKey, string][] {
  const facts: [TextKey, string | undefined][] = [
    ['class', of.class],
    ['score', score(of.score)],
    ['limit', of.limit === undefined ? undefined : score(of.limit)],
    ['p', of.p === undefined ? undefined : score(of.p)],
    ['places', of.regions === undefined ? undefined : whole(of.regions.length)],
    ['time', moment(of.time)],
    ['source', of.source],
    ['took', `${whole(of.milliseconds)} ms`],
    ['version', of.modelVersion],
  ];
  return facts.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
}
