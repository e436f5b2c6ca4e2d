import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['live', 'record', 'limits', 'state'] as const;
export type View = (typeof VIEWS)[number];

/** Address of a view. */
export const addressOf = (view: View): string => `#/${view}`;

const viewOf = (hash: string): View => VIEWS.find((view) => hash === addressOf(view)) ?? 'live';

/** The view that the address names. */
export function useView(): View {
  const [view, setView] = useState(viewOf(location.hash));
  useEffect(() => {
    const follow = () => setView(viewOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return view;
}
