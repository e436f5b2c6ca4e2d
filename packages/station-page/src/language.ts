import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { TEXTS, type TextKey } from './texts.js';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

type Values = Readonly<Record<string, string | number>>;
type Counted = { [K in TextKey]: K extends `${infer Name}_other` ? Name : never }[TextKey];

/** A text of the table with its values filled in. */
export function textIn(language: Language, key: TextKey, values: Values = {}): string {
  const text: string = TEXTS[key][LANGUAGES.indexOf(language)] ?? TEXTS[key][0];
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? value.toLocaleString(language) : value;
  });
}

/** Days before months, and hours to 24, in both. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' };

/** Texts, numbers and times in one language. */
export function speaker(language: Language) {
  const text = (key: TextKey, values?: Values) => textIn(language, key, values);
  const plural = new Intl.PluralRules(language);
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(LOCALES[language], options);
    return (time: number) => formatter.format(time);
  };
  return {
    language,
    text,
    /** A text that depends on a number. */
    counted: (name: Counted, count: number, values: Values = {}) =>
      text(`${name}_${plural.select(count) === 'one' ? 'one' : 'other'}`, { count, ...values }),
    clock: format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    moment: format({
      day: '2-digit',
      month: '2-digit',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    }),
    /** A score or a limit: four digits. */
    score: (value: number | undefined) =>
      value === undefined
        ? '–'
        : value.toLocaleString(language, { maximumSignificantDigits: 4, useGrouping: false }),
    percent: (share: number) =>
      share.toLocaleString(language, { style: 'percent', maximumFractionDigits: 1 }),
    whole: (value: number) => Math.round(value).toLocaleString(language),
  };
}

/** Speaks one language. */
export type Speaker = ReturnType<typeof speaker>;

const Speaking = createContext<Speaker>(speaker('en'));
export const SpeakingIn = Speaking.Provider;

/** The language of the page. */
export const useSpeaker = (): Speaker => useContext(Speaking);

/** The language that was chosen here before, or the browser's. */
export function firstLanguage(): Language {
  const wanted = localStorage.getItem('language') ?? navigator.language;
  return LANGUAGES.find((language) => wanted.startsWith(language)) ?? 'en';
}

/** Remembers the language, and tells the browser. */
export function keepLanguage(language: Language): void {
  localStorage.setItem('language', language);
  document.documentElement.lang = language;
}
