import { useSpeaker } from '../language.js';
import { Refused } from '../server/ask.js';

/** What went wrong, and a way to go on. */
export function Failure({ error, again }: { error: Error; again?: (() => void) | undefined }) {
  const { text } = useSpeaker();
  // The server's own words are in English.
  const reason = error instanceof Refused ? <span lang="en">{error.message}</span> : text('noConnection');
  return (
    <p class="notice failure" role="alert">
      <strong>{text('failed')}</strong> {reason}
      {again && (
        <button type="button" onClick={again}>
          {text('again')}
        </button>
      )}
    </p>
  );
}

/** While an answer is awaited. */
export function Loading() {
  const { text } = useSpeaker();
  return <p class="notice">{text('loading')}</p>;
}
