import type { DecisionName } from '../contract.js';
import { useSpeaker } from '../language.js';

/** Signs that tell decisions apart without colour. */
const SIGNS: Readonly<Record<DecisionName, string>> = {
  ok: 'M5 13l5 5L20 6',
  alarm: 'M12 4v10M12 19v.5',
  review: 'M7.5 8.5a4.5 4.5 0 1 1 6.6 4c-1.4.8-2.1 1.6-2.1 3M12 20v.5',
  'unknown class': 'M6 6l12 12M18 6L6 18',
  none: 'M6 12h12',
  unreadable: 'M6 6l12 12M18 6L6 18',
};

/** The sign of a decision. */
export const Sign = ({ of }: { of: DecisionName }) => (
  <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
    <path d={SIGNS[of]} />
  </svg>
);

/** A decision as a small label. */
export function Badge({ of }: { of: DecisionName }) {
  const { text } = useSpeaker();
  return (
    <span class="badge" data-decision={of}>
      <Sign of={of} />
      {text(of)}
    </span>
  );
}
