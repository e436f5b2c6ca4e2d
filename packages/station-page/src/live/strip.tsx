import type { LiveDecision } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Sign } from '../parts/decision.js';
import { usePicture } from '../server/use-picture.js';
import type { Event, Stage } from './stage.js';

/** The newest decisions, small. Good images are only signs, so that the others stand out. */
export function Strip({ stage, dispatch }: { stage: Stage; dispatch: (event: Event) => void }) {
  const { text } = useSpeaker();
  return (
    <section class="strip" aria-labelledby="newest">
      <h2 id="newest">{text('newest')}</h2>
      <ol>
        {stage.newest.map((decision) => (
          <li key={decision.number}>
            <Tile
              of={decision}
              current={decision.number === stage.shown?.number}
              onChoose={() => dispatch({ is: 'chosen', number: decision.number, now: performance.now() })}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface TileProps {
  readonly of: LiveDecision;
  readonly current: boolean;
  readonly onChoose: () => void;
}

function Tile({ of, current, onChoose }: TileProps) {
  const { text, clock } = useSpeaker();
  const { url } = usePicture(of.decision === 'ok' ? undefined : of.pictures?.image);
  const said = [clock(of.time), of.class, text(of.decision), of.verdict && text(of.verdict.verdict)];
  return (
    <button
      type="button"
      class="tile"
      data-decision={of.decision}
      aria-label={said.filter((word) => word !== undefined).join(', ')}
      aria-current={current ? 'true' : undefined}
      onClick={onChoose}
    >
      <span class="face">
        {url === undefined ? <Sign of={of.decision} /> : <img src={url} alt="" />}
        {of.verdict && <span class="dot" data-verdict={of.verdict.verdict} />}
      </span>
      <time dateTime={new Date(of.time).toISOString()}>{clock(of.time)}</time>
    </button>
  );
}
