import type { LiveDecision } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Badge, Sign } from '../parts/decision.js';
import { type Event, newerThan, type Stage } from './stage.js';

/** The decision so large that it can be read from three metres; when it is held, what the line does now. */
export function Banner({
  stage,
  shown,
  dispatch,
}: {
  stage: Stage;
  shown: LiveDecision;
  dispatch: (event: Event) => void;
}) {
  const { text, clock } = useSpeaker();
  return (
    <div class="banner" data-decision={shown.decision}>
      <Sign of={shown.decision} />
      <h1>{text(shown.decision)}</h1>
      <p class="what">
        <span class="of">{shown.class ?? '–'}</span>
        <time dateTime={new Date(shown.time).toISOString()}>{clock(shown.time)}</time>
      </p>
      {stage.held ? (
        <Held {...{ stage, dispatch }} />
      ) : (
        <button type="button" class="hold" onClick={() => dispatch({ is: 'held' })}>
          {text('hold')}
        </button>
      )}
    </div>
  );
}

function Held({ stage, dispatch }: { stage: Stage; dispatch: (event: Event) => void }) {
  const { text, counted } = useSpeaker();
  const [now] = stage.newest;
  const newer = newerThan(stage);
  return (
    <div class="held">
      <p>
        {text('held')} {newer > 0 && counted('newer', newer)}
      </p>
      {now && newer > 0 && (
        <p class="line-now">
          {text('lineNow')} <Badge of={now.decision} />
        </p>
      )}
      <button type="button" onClick={() => dispatch({ is: 'followed', now: performance.now() })}>
        {text('follow')}
      </button>
    </div>
  );
}
