import { useEffect, useRef, useState } from 'preact/hooks';
import type { JudgedAs, ShownDecision } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Badge } from '../parts/decision.js';
import { Facts } from '../parts/facts.js';
import { HeatSwitch } from '../parts/heat-switch.js';
import { Failure, Loading } from '../parts/notice.js';
import { Overlay } from '../parts/overlay.js';
import { Verdicts } from '../parts/verdicts.js';
import { useAnswer } from '../server/use-answer.js';

interface DetailProps {
  readonly id: number;
  readonly onClose: () => void;
  readonly onJudged: (verdict: JudgedAs) => void;
}

/** One recorded decision: its image, what is known of it, what people say. */
export function Detail({ id, onClose, onJudged }: DetailProps) {
  const { text } = useSpeaker();
  const { answer, error, again } = useAnswer<ShownDecision>(`/v1/decisions/${id}`);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title.current?.focus();
    title.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const judged = (verdict: JudgedAs) => {
    onJudged(verdict);
    again();
  };
  return (
    <aside
      class="card detail"
      aria-labelledby="detail-title"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <div class="row spread">
        <h2 id="detail-title" ref={title} tabIndex={-1}>
          {text('decisionTitle', { id: String(id) })}
        </h2>
        <button type="button" onClick={onClose}>
          {text('close')}
        </button>
      </div>
      {error && <Failure error={error} again={again} />}
      {answer === undefined ? error === undefined && <Loading /> : <Whole of={answer} onJudged={judged} />}
    </aside>
  );
}

function Whole({ of, onJudged }: { of: ShownDecision; onJudged: (verdict: JudgedAs) => void }) {
  const [heat, setHeat] = useState(true);
  return (
    <>
      <p>
        <Badge of={of.decision} />
      </p>
      <figure>
        <Overlay of={of} heat={heat} />
        {of.pictures?.heat && <HeatSwitch heat={heat} setHeat={setHeat} />}
      </figure>
      <Verdicts of={of} onJudged={onJudged} />
      <Facts of={of} />
    </>
  );
}
