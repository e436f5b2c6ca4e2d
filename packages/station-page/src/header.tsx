import { LANGUAGES, type Language, useSpeaker } from './language.js';
import { addressOf, useView, VIEWS } from './route.js';
import { token } from './server/ask.js';
import { useStation } from './station.js';

/** What {@link Header} gets. */
interface HeaderProps {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly person: string;
  readonly setPerson: (name: string) => void;
}

/** Name of the station, the views, who is here, the language. */
export function Header({ language, setLanguage, person, setPerson }: HeaderProps) {
  const { text } = useSpeaker();
  const { facts } = useStation();
  const view = useView();
  return (
    <header>
      <p class="name">{facts === undefined ? 'MINT' : text('station', { name: facts.station })}</p>
      <nav aria-label={text('pages')}>
        {VIEWS.map((one) => (
          <a key={one} href={addressOf(one)} aria-current={one === view ? 'page' : undefined}>
            {text(one)}
          </a>
        ))}
      </nav>
      <div class="who">
        {facts?.person.name === 'local' && facts.recorded && (
          <input
            aria-label={text('yourName')}
            placeholder={text('yourName')}
            maxLength={100}
            value={person}
            onInput={(event) => setPerson(event.currentTarget.value)}
          />
        )}
        {facts && facts.person.name !== 'local' && <SignedIn />}
        <fieldset class="languages">
          <legend class="unseen">{text('language')}</legend>
          {LANGUAGES.map((one) => (
            <button
              key={one}
              type="button"
              lang={one}
              title={one === 'en' ? 'English' : 'Deutsch'}
              aria-pressed={one === language}
              onClick={() => setLanguage(one)}
            >
              {one.toUpperCase()}
            </button>
          ))}
        </fieldset>
      </div>
    </header>
  );
}

function SignedIn() {
  const { text } = useSpeaker();
  const { facts } = useStation();
  if (facts === undefined) return null;
  const leave = () => {
    token.forget();
    location.reload();
  };
  return (
    <>
      <span class="person">
        {facts.person.name} <small>{text(facts.person.role)}</small>
      </span>
      <button type="button" onClick={leave}>
        {text('signOut')}
      </button>
    </>
  );
}
