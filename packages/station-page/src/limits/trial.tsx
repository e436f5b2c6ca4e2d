import { useState } from 'preact/hooks';
import type { ClassLimits, LimitTrial } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Failure } from '../parts/notice.js';
import { tell } from '../server/ask.js';
import { useStation } from '../station.js';
import { above, alarmsAt, rounded, sliderRange } from './counts.js';
import { Histogram } from './histogram.js';

interface TrialProps {
  readonly trial: LimitTrial;
  /** The limit that holds now. */
  readonly inForce: number;
  readonly onChanged: (limits: ClassLimits) => void;
}

/** A slider over the recorded scores: what a limit would have done. */
export function Trial({ trial, inForce, onChanged }: TrialProps) {
  const { text, score } = useSpeaker();
  const [limit, setLimit] = useState(inForce);
  const range = sliderRange(trial);
  const step = (range[1] - range[0]) / 500;
  const { calibrated } = trial;
  return (
    <>
      {trial.recorded === 0 ? (
        <p class="note">{text('noScores')}</p>
      ) : (
        <Histogram {...{ trial, range, limit }} />
      )}
      <label class="slider">
        <span class="unseen">{text('newLimit')}</span>
        <input
          type="range"
          min={range[0]}
          max={range[1]}
          step={step}
          value={limit}
          aria-valuetext={score(limit)}
          onInput={(event) => setLimit(rounded(Number(event.currentTarget.value)))}
        />
      </label>
      <p class="ends" aria-hidden="true">
        <span>{score(range[0])}</span>
        <span>{score(range[1])}</span>
      </p>
      <div class="row">
        <label>
          {text('newLimit')}{' '}
          <input
            type="number"
            class="number"
            min={0}
            step="any"
            value={rounded(limit)}
            onChange={(event) => {
              const value = event.currentTarget.valueAsNumber;
              if (value >= 0) setLimit(value);
            }}
          />
        </label>
        <button type="button" onClick={() => setLimit(inForce)}>
          {text('unchanged')}
        </button>
        {calibrated !== undefined && (
          <button type="button" onClick={() => setLimit(calibrated)}>
            {text('calibrated')}
          </button>
        )}
      </div>
      <Outcome {...{ trial, limit, inForce }} />
      <Apply {...{ trial, limit, inForce, onChanged }} />
    </>
  );
}

/** What the limit would have done, in sentences. */
function Outcome({ trial, limit, inForce }: { trial: LimitTrial; limit: number; inForce: number }) {
  const { text, counted, whole } = useSpeaker();
  const { count, isMore } = alarmsAt(trial, limit);
  const now = alarmsAt(trial, inForce);
  const { good, defective } = trial.judged;
  const share = (scores: readonly number[]) => ({
    count: above(
      scores.toSorted((a, b) => a - b),
      limit,
    ),
    all: scores.length,
  });
  return (
    <div class="outcome" role="status">
      <p class="large">{isMore ? text('wouldHaveMore', { count }) : counted('wouldHave', count)}</p>
      <p>
        {counted('inDays', trial.days, { images: trial.recorded })}{' '}
        {!now.isMore && text('nowAlarms', { count: whole(now.count) })}
      </p>
      {good.length > 0 && <p>{text('judgedGood', share(good))}</p>}
      {defective.length > 0 && <p>{text('judgedDefective', share(defective))}</p>}
      {good.length + defective.length === 0 && <p>{text('noneJudged')}</p>}
    </div>
  );
}

/** Asks once more, then changes the limit. */
function Apply({ trial, limit, inForce, onChanged }: TrialProps & { limit: number }) {
  const { text, score } = useSpeaker();
  const { facts } = useStation();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<Error>();
  if (facts?.person.role !== 'engineer') return <p class="note">{text('engineerOnly')}</p>;
  const apply = async () => {
    try {
      // The calibrated limit stays calibrated.
      const body = { limit: limit === trial.calibrated ? null : limit };
      onChanged(await tell<ClassLimits>(`/v1/limits/${encodeURIComponent(trial.class)}`, body));
    } catch (failure) {
      setError(failure as Error);
    }
    setAsking(false);
  };
  return (
    <>
      {asking ? (
        <fieldset class="confirm">
          <legend>{text('confirm', { class: trial.class, from: score(inForce), to: score(limit) })}</legend>
          <div class="row">
            <button type="button" class="primary" ref={(button) => button?.focus()} onClick={apply}>
              {text('yes')}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              {text('cancel')}
            </button>
          </div>
        </fieldset>
      ) : (
        <button
          type="button"
          class="primary apply"
          disabled={limit === inForce}
          onClick={() => setAsking(true)}
        >
          {text('apply')}
        </button>
      )}
      {error && <Failure error={error} />}
    </>
  );
}
