import { useRef } from 'preact/hooks';
import { useSpeaker } from './language.js';
import { token } from './server/ask.js';

/** Asks for a token. */
export function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const { text } = useSpeaker();
  const field = useRef<HTMLInputElement>(null);
  const wasWrong = token.get() !== null;
  return (
    <form
      class="card sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        const value = field.current?.value.trim() ?? '';
        if (value !== '') onToken(value);
      }}
    >
      <h1>{text('tokenTitle')}</h1>
      <p>{text('tokenText')}</p>
      {wasWrong && (
        <p class="notice failure" role="alert">
          {text('tokenWrong')}
        </p>
      )}
      <label for="token">{text('token')}</label>
      <input id="token" ref={field} type="password" autocomplete="current-password" required />
      <button type="submit" class="primary">
        {text('signIn')}
      </button>
    </form>
  );
}
