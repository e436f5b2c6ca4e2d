import type { Token } from './tokens.js';

const MONTHS = new Set(
  (
    'jan january januar janvier enero gennaio janeiro januari feb february februar fevrier febrero febbraio fevereiro februari mar march marz maerz mars ' +
    'marzo marco maart apr april avril abril aprile may mai mayo maggio maio mei jun june juni juin junio giugno junho jul july juli juillet julio luglio julho ' +
    'aug august aout agosto augustus sep sept september septembre septiembre settembre setembro oct october okt oktober octobre octubre ottobre outubro ' +
    'nov november novembre noviembre novembro dec december dez dezember decembre diciembre dicembre dezembro'
  ).split(' '),
);
const WEEKS = new Set('week kw cw woche semaine semana settimana tydzien tyden hafta'.split(' '));
/** Year, month and day, with or without a time. */
const DAY = /^((19|20)\d\d-?[01]\d-?[0-3]\d|[0-3]?\d-[01]?\d-(19|20)\d\d)(-?\d+)*$/;
const MONTH = /^((19|20)\d\d-(0[1-9]|1[0-2])|(0[1-9]|1[0-2])-(19|20)\d\d)$/;
const YEAR = /(^|-)(19|20)\d\d($|-)/;

/** Nothing but a day, a week or a month: `2024-01-31`, `20240131T1200`, `KW12`, `2024-W05`, `Jan 2024`. */
export function isDate(tokens: readonly Token[]): boolean {
  if (tokens.some(({ kind }) => kind === 'cjk')) return false;
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text);
  const digits = tokens.map(({ kind, text }) => (kind === 'number' ? text : '')).join('-');
  const numbers = tokens.flatMap(({ kind, text }) => (kind === 'number' ? [text] : [])).join('-');
  const [word] = words;
  if (word === undefined) return DAY.test(digits) || MONTH.test(digits);
  if (words.length > 1) return false;
  if (word === 't') return DAY.test(numbers);
  if (MONTHS.has(word) || word === 'w') return YEAR.test(numbers);
  return WEEKS.has(word) && numbers !== '';
}

/** `2024/01/31`: a year with nothing but months in it, a month in such a year, a day in such a month. */
export function isDateFolder(folder: DateFolder): boolean {
  if (folder.meaning.date) return true;
  const { name, parent } = folder;
  if (/^(19|20)\d\d$/.test(name)) {
    const inner = [...folder.children.keys()];
    return inner.length > 0 && inner.every(isMonth);
  }
  if (parent === undefined) return false;
  return (isMonth(name) || /^[0-3]?\d$/.test(name)) && isDateFolder(parent) && !parent.meaning.date;
}

/** A folder with its place in a tree. */
interface DateFolder {
  readonly name: string;
  readonly parent: DateFolder | undefined;
  readonly children: ReadonlyMap<string, unknown>;
  readonly meaning: { readonly date: boolean };
}

const isMonth = (name: string): boolean => /^(0?[1-9]|1[0-2])$/.test(name) || MONTHS.has(name.toLowerCase());
