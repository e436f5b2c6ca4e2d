import type { RefObject } from 'preact';
import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { JudgedAs, LiveAnswer, LiveDecision, VerdictName } from '../contract.js';
import { useSpeaker } from '../language.js';
import { Facts } from '../parts/facts.js';
import { HeatSwitch } from '../parts/heat-switch.js';
import { Overlay } from '../parts/overlay.js';
import { VERDICT_KEYS, Verdicts } from '../parts/verdicts.js';
import { useFeed } from '../server/use-feed.js';
import { Banner } from './banner.js';
import { EMPTY, type Event, justChanged, nextStage, type Stage } from './stage.js';
import { Strip } from './strip.js';

/** The line as it is now: the newest decision in large, its image, and what people say about it. */
export function Live() {
  const { text } = useSpeaker();
  const [stage, dispatch] = useReducer(nextStage, EMPTY);
  const receive = useCallback(
    (answer: LiveAnswer) => dispatch({ is: 'came', answer, now: performance.now() }),
    [],
  );
  const connected = useFeed(receive);
  const [heat, setHeat] = useState(true);
  const [asked, setAsked] = useState<{ verdict: VerdictName; id: number }>();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  const { shown } = stage;
  // Its keys work while something in it has the focus, as WCAG 2.1.4 asks.
  useKeys(place, (event) => {
    const done = press(event, {
      shown,
      dispatch,
      ask: (verdict) => shown?.id !== undefined && setAsked({ verdict, id: shown.id }),
      toggleHeat: () => setHeat((on) => !on),
    });
    if (done) event.preventDefault();
  });
  return (
    <div class="live" ref={place} tabIndex={-1}>
      {!connected && (
        <p class="notice failure" role="alert">
          {text('noConnection')}
        </p>
      )}
      {shown === undefined ? (
        <div class="banner waiting">
          <h1>{text('waiting')}</h1>
          <p>{text('waitingText')}</p>
        </div>
      ) : (
        <OnStage {...{ stage, shown, dispatch, heat, setHeat, asked }} />
      )}
    </div>
  );
}

/** What {@link OnStage} gets. */
interface OnStageProps {
  readonly stage: Stage;
  readonly shown: LiveDecision;
  readonly dispatch: (event: Event) => void;
  readonly heat: boolean;
  readonly setHeat: (on: boolean) => void;
  readonly asked: { readonly verdict: VerdictName; readonly id: number } | undefined;
}

function OnStage({ stage, shown, dispatch, heat, setHeat, asked }: OnStageProps) {
  const { text } = useSpeaker();
  const [news, setNews] = useState('');
  const mayJudge = () => {
    const refused = justChanged(stage, performance.now());
    setNews(refused ? text('changed') : '');
    dispatch({ is: 'held' });
    return !refused;
  };
  const onJudged = (verdict: JudgedAs) => {
    dispatch({ is: 'judged', number: shown.number, verdict });
    setNews(text('saved', { verdict: text(verdict.verdict) }));
  };
  return (
    <>
      <Banner {...{ stage, shown, dispatch }} />
      <div class="stage">
        <figure>
          <Overlay of={shown} heat={heat} />
          <HeatSwitch heat={heat} setHeat={setHeat} />
        </figure>
        <div class="card side">
          <Verdicts of={shown} hasKeys {...{ mayJudge, onJudged, asked }} />
          <p class="news" role="status">
            {news}
          </p>
          <Facts of={shown} />
        </div>
      </div>
      <Strip {...{ stage, dispatch }} />
      <p class="keys">{text('keys')}</p>
    </>
  );
}

/** Calls back for keys that are pressed in an element. */
function useKeys(place: RefObject<HTMLElement>, onKey: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    const element = place.current;
    element?.addEventListener('keydown', onKey);
    return () => element?.removeEventListener('keydown', onKey);
  }, [place, onKey]);
}

/** What keys do. */
interface Actions {
  readonly shown: LiveDecision | undefined;
  readonly dispatch: (event: Event) => void;
  readonly ask: (verdict: VerdictName) => void;
  readonly toggleHeat: () => void;
}

/** Does what a key stands for. Returns whether it stands for anything. */
function press(event: KeyboardEvent, { shown, dispatch, ask, toggleHeat }: Actions): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey || shown === undefined) return false;
  const key = event.key.toLowerCase();
  const verdict = VERDICT_KEYS[key];
  const now = performance.now();
  if (verdict !== undefined) ask(verdict);
  else if (key === 'h') toggleHeat();
  else if (key === 'arrowright') dispatch({ is: 'moved', by: 1, now });
  else if (key === 'arrowleft') dispatch({ is: 'moved', by: -1, now });
  else if (key === 'escape') dispatch({ is: 'followed', now });
  else return false;
  return true;
}
