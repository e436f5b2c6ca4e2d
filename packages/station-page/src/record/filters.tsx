import type { DecisionName, VerdictName } from '../contract.js';
import { useSpeaker } from '../language.js';
import { useStation } from '../station.js';
import type { TextKey } from '../texts.js';

/** Which decisions are listed; an empty text asks for nothing. */
export interface Filters {
  readonly class: string;
  readonly decision: string;
  readonly verdict: string;
  readonly station: string;
  /** Days such as 2026-11-30, inclusive. */
  readonly from: string;
  readonly to: string;
}

export const NO_FILTERS: Filters = { class: '', decision: '', verdict: '', station: '', from: '', to: '' };

const DECISIONS: readonly DecisionName[] = ['ok', 'review', 'alarm', 'unknown class', 'none'];
const VERDICTS: readonly VerdictName[] = ['good', 'defective', 'not sure'];

/** The query of `GET /v1/decisions`: days begin and end where the person is. */
export function queryOf({ from, to, ...rest }: Filters): Record<string, string | undefined> {
  const start = (day: string, add: number): string | undefined => {
    const [year, month, date] = day.split('-').map(Number);
    if (year === undefined || month === undefined || date === undefined) return undefined;
    return String(new Date(year, month - 1, date + add).getTime());
  };
  return { ...rest, from: start(from, 0), to: start(to, 1) };
}

/** The form of the filters. They take effect as they are changed. */
export function FilterForm({
  filters,
  onChange,
}: {
  filters: Filters;
  onChange: (filters: Filters) => void;
}) {
  const { text } = useSpeaker();
  const { facts } = useStation();
  const set = (name: keyof Filters) => (value: string) => onChange({ ...filters, [name]: value });
  const named = (names: readonly TextKey[]): [string, string][] => names.map((name) => [name, text(name)]);
  const classes = (facts?.classes ?? []).map((name): [string, string] => [name, name]);
  return (
    <form class="filters" aria-label={text('filter')} onSubmit={(event) => event.preventDefault()}>
      <Choice label="class" value={filters.class} options={classes} onChange={set('class')} />
      <Choice
        label="decision"
        value={filters.decision}
        options={named(DECISIONS)}
        onChange={set('decision')}
      />
      <Choice
        label="verdict"
        value={filters.verdict}
        options={[...named(VERDICTS), ['none', text('unjudged')]]}
        onChange={set('verdict')}
      />
      <Field label="from" type="date" value={filters.from} onChange={set('from')} />
      <Field label="to" type="date" value={filters.to} onChange={set('to')} />
      <Field label="stationFilter" type="text" value={filters.station} onChange={set('station')} />
      <button type="button" onClick={() => onChange(NO_FILTERS)}>
        {text('reset')}
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly label: TextKey;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const { text } = useSpeaker();
  return (
    <label>
      <span>{text(label)}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{text('all')}</option>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FieldProps {
  readonly label: TextKey;
  readonly type: 'date' | 'text';
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Field({ label, type, value, onChange }: FieldProps) {
  const { text } = useSpeaker();
  return (
    <label>
      <span>{text(label)}</span>
      <input
        type={type}
        value={value}
        maxLength={100}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
