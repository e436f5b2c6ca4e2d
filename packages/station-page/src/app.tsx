import { useEffect, useMemo, useState } from 'preact/hooks';
import type { StationFacts } from './contract.js';
import { Header } from './header.js';
import { firstLanguage, keepLanguage, SpeakingIn, speaker } from './language.js';
import { Limits } from './limits/limits.js';
import { Live } from './live/live.js';
import { RecordView } from './record/record.js';
import { useView } from './route.js';
import { onTokenWanted, token } from './server/ask.js';
import { useAnswer } from './server/use-answer.js';
import { SignIn } from './sign-in.js';
import { State } from './state/state.js';
import { StationIs } from './station.js';

const NAME = 'person';

/** The whole page. */
export function App() {
  const [language, setLanguage] = useState(firstLanguage());
  const [asksForToken, setAsksForToken] = useState(false);
  const [person, setPerson] = useState(localStorage.getItem(NAME) ?? '');
  const speaking = useMemo(() => speaker(language), [language]);
  useEffect(() => keepLanguage(language), [language]);
  useEffect(() => onTokenWanted(() => setAsksForToken(true)), []);
  useEffect(() => localStorage.setItem(NAME, person), [person]);
  const { answer: facts, again } = useAnswer<StationFacts>('/v1/station');
  const signIn = (value: string) => {
    token.set(value);
    setAsksForToken(false);
    again();
  };
  return (
    <SpeakingIn value={speaking}>
      <StationIs value={{ facts, person: person.trim() === '' ? undefined : person.trim() }}>
        <Header {...{ language, setLanguage, person, setPerson }} />
        <main>{asksForToken ? <SignIn onToken={signIn} /> : <Shown />}</main>
      </StationIs>
    </SpeakingIn>
  );
}

function Shown() {
  const view = useView();
  if (view === 'record') return <RecordView />;
  if (view === 'limits') return <Limits />;
  if (view === 'state') return <State />;
  return <Live />;
}
