import { useState } from 'preact/hooks';
import type { ClassLimits, LimitsAnswer, LimitTrial } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Failure, Loading } from '../parts/notice.js';
import { useAnswer } from '../server/use-answer.js';
import { useStation } from '../station.js';
import { Trial } from './trial.js';

const DAYS = [1, 7, 30, 90] as const;

/** The limits of each class. */
export function Limits() {
  const { text, score } = useSpeaker();
  const { facts } = useStation();
  const { answer, error, again } = useAnswer<LimitsAnswer>('/v1/limits');
  const [chosen, setChosen] = useState<string>();
  const [days, setDays] = useState(7);
  if (facts?.recorded === false) return <p class="notice">{text('noRecord')}</p>;
  const name = chosen ?? answer?.limits.find(({ limit }) => limit !== undefined)?.class;
  return (
    <div class="view limits">
      <h1>{text('limits')}</h1>
      <p class="lead">{text('limitsText')}</p>
      {error && <Failure error={error} again={again} />}
      {answer === undefined && error === undefined && <Loading />}
      {answer && (
        <div class="halves">
          <ul class="classes">
            {answer.limits.map((one) => (
              <li key={one.class}>
                <button
                  type="button"
                  aria-current={one.class === name ? 'true' : undefined}
                  onClick={() => setChosen(one.class)}
                >
                  <span>{one.class}</span>
                  <span class="number">{score(one.limit)}</span>
                </button>
              </li>
            ))}
          </ul>
          {name !== undefined && <OfClass key={`${name}-${days}`} {...{ name, days, setDays, again }} />}
        </div>
      )}
    </div>
  );
}

interface OfClassProps {
  readonly name: string;
  readonly days: number;
  readonly setDays: (days: number) => void;
  readonly again: () => void;
}

function OfClass({ name, days, setDays, again }: OfClassProps) {
  const { text, counted, percent, score, whole } = useSpeaker();
  const path = `/v1/limits/${encodeURIComponent(name)}?days=${days}`;
  const { answer, error, again: askAgain } = useAnswer<LimitTrial>(path);
  const [news, setNews] = useState('');
  const changed = ({ limit }: ClassLimits) => {
    setNews(text('applied', { class: name, limit: score(limit) }));
    again();
    askAgain();
  };
  return (
    <section class="card" aria-labelledby="class-title">
      <div class="row spread">
        <h2 id="class-title">{name}</h2>
        <label>
          {text('days')}{' '}
          <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {DAYS.map((count) => (
              <option key={count} value={count}>
                {counted('lastDays', count)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {error && <Failure error={error} again={askAgain} />}
      <p class="news" role="status">
        {news}
      </p>
      {answer === undefined && error === undefined && <Loading />}
      {answer && answer.limit === undefined && <p>{text('noLimit', { heldOut: answer.heldOut })}</p>}
      {answer && answer.limit !== undefined && (
        <>
          <Trial key={answer.limit} trial={answer} inForce={answer.limit} onChanged={changed} />
          {answer.sized && <p class="note">{text('sized')}</p>}
          {answer.calibrated !== undefined && answer.alpha !== undefined && (
            <p class="note">
              {text('promise', {
                limit: score(answer.calibrated),
                alpha: percent(answer.alpha),
                heldOut: whole(answer.heldOut),
              })}
            </p>
          )}
        </>
      )}
    </section>
  );
}
