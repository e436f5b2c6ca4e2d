import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { JudgedAs, ShownDecision, VerdictBody, VerdictName } from '../contract.js';
import { useSpeaker } from '../language.js';
import { tell } from '../server/ask.js';
import { useStation } from '../station.js';
import { Failure } from './notice.js';

/** The buttons by their keys. */
export const VERDICT_KEYS: Readonly<Record<string, VerdictName>> = {
  g: 'good',
  d: 'defective',
  n: 'not sure',
};

/** What {@link Verdicts} gets. */
export interface VerdictsProps {
  readonly of: ShownDecision;
  /** Whether a press counts now; what refuses it says why. */
  readonly mayJudge?: (() => boolean) | undefined;
  readonly onJudged: (verdict: JudgedAs) => void;
  /** A verdict that a key has asked for. */
  readonly asked?: { readonly verdict: VerdictName; readonly id: number } | undefined;
  /** Whether keys do what the buttons do. */
  readonly hasKeys?: boolean | undefined;
}

/** Buttons with which a person says what an image shows. */
export function Verdicts({ of, mayJudge = () => true, onJudged, asked, hasKeys = false }: VerdictsProps) {
  const { text } = useSpeaker();
  const { facts, person } = useStation();
  const [choosing, setChoosing] = useState(false);
  const [error, setError] = useState<Error>();
  const judge = async (verdict: VerdictName, kind?: string) => {
    try {
      const body: VerdictBody = { verdict, kind, person };
      onJudged(await tell<JudgedAs>(`/v1/decisions/${of.id}/verdict`, body));
      setChoosing(false);
      setError(undefined);
    } catch (failure) {
      setError(failure as Error);
    }
  };
  const press = (verdict: VerdictName) => {
    if (of.id === undefined || !mayJudge()) return;
    if (verdict === 'defective') setChoosing(true);
    else void judge(verdict);
  };
  useLayoutEffect(() => {
    if (asked !== undefined && asked.id === of.id) press(asked.verdict);
  }, [asked]);
  useEffect(() => setChoosing(false), [of.id]);
  if (of.id === undefined)
    return <p class="note">{text(facts?.recorded === false ? 'noRecord' : 'notRecorded')}</p>;
  return (
    <section class="verdicts" aria-labelledby="question">
      <h2 id="question">{text('question')}</h2>
      <div class="buttons">
        {Object.entries(VERDICT_KEYS).map(([key, verdict]) => (
          <button
            key={verdict}
            type="button"
            data-verdict={verdict}
            aria-pressed={of.verdict?.verdict === verdict}
            aria-keyshortcuts={hasKeys ? key : undefined}
            onClick={() => press(verdict)}
          >
            {hasKeys && <kbd>{key.toUpperCase()}</kbd>} {text(verdict)}
          </button>
        ))}
      </div>
      {choosing && (
        <KindForm onSave={(kind) => void judge('defective', kind)} onCancel={() => setChoosing(false)} />
      )}
      {of.verdict && !choosing && <Judged verdict={of.verdict} />}
      {error && <Failure error={error} />}
    </section>
  );
}

function Judged({ verdict: { verdict, kind, person } }: { verdict: JudgedAs }) {
  const { text } = useSpeaker();
  const said = kind === undefined ? text(verdict) : `${text(verdict)}, ${kind}`;
  return <p class="note">{text('judged', { person, verdict: said })}</p>;
}

/** Asks for the kind of a defect; it may stay open. */
function KindForm({ onSave, onCancel }: { onSave: (kind?: string) => void; onCancel: () => void }) {
  const { text } = useSpeaker();
  const { facts } = useStation();
  const field = useRef<HTMLInputElement>(null);
  // At once: what is typed next is the kind, and no key of the page.
  useLayoutEffect(() => field.current?.focus(), []);
  const save = (kind: string) => onSave(kind.trim() === '' ? undefined : kind.trim());
  return (
    <form
      class="kind"
      onSubmit={(event) => {
        event.preventDefault();
        save(field.current?.value ?? '');
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') onCancel();
      }}
    >
      <label for="kind">{text('kind')}</label>
      <input id="kind" ref={field} maxLength={200} placeholder={text('kindHint')} autocomplete="off" />
      <div class="kinds">
        {(facts?.kinds ?? []).slice(0, 8).map((kind) => (
          <button key={kind} type="button" onClick={() => onSave(kind)}>
            {kind}
          </button>
        ))}
      </div>
      <div class="row">
        <button type="submit" class="primary">
          {text('save')}
        </button>
        <button type="button" onClick={onCancel}>
          {text('cancel')}
        </button>
      </div>
    </form>
  );
}
