import { useEffect, useState } from 'preact/hooks';
import type { DecisionsAnswer, JudgedAs, ShownDecision } from '../contract.js';
import { ask, withQuery } from '../server/ask.js';

/** Decisions in a page. */
const PAGE = 50;

/** Pages of a list, as far as they were asked for. */
export interface Pages {
  /** Absent while the first page is on its way. */
  readonly decisions?: readonly ShownDecision[] | undefined;
  readonly hasMore: boolean;
  readonly error?: Error | undefined;
  readonly more: () => void;
  readonly judged: (id: number, verdict: JudgedAs) => void;
}

/** Asks for decisions page by page; a new query begins anew. */
export function usePages(query: Readonly<Record<string, string | undefined>>): Pages {
  const key = JSON.stringify(query);
  const [state, setState] = useState<{ key: string; pages: readonly DecisionsAnswer[]; error?: Error }>({
    key,
    pages: [],
  });
  const pages = state.key === key ? state.pages : [];
  const load = async (after: string | undefined, signal?: AbortSignal) => {
    try {
      const path = withQuery('/v1/decisions', { ...query, after, limit: PAGE });
      const page = await ask<DecisionsAnswer>(path, signal);
      setState((now) => ({
        key,
        pages: [...(after !== undefined && now.key === key ? now.pages : []), page],
      }));
    } catch (error) {
      if (signal?.aborted !== true) setState((now) => ({ ...now, key, error: error as Error }));
    }
  };
  useEffect(() => {
    const controller = new AbortController();
    void load(undefined, controller.signal);
    return () => controller.abort();
  }, [key]);
  const next = pages.at(-1)?.next;
  return {
    decisions: pages.length === 0 ? undefined : pages.flatMap(({ decisions }) => decisions),
    hasMore: next !== undefined,
    error: state.key === key ? state.error : undefined,
    more: () => void load(next),
    judged: (id, verdict) => {
      const judge = (one: ShownDecision) => (one.id === id ? { ...one, verdict } : one);
      setState((now) => ({
        ...now,
        pages: now.pages.map((page) => ({ ...page, decisions: page.decisions.map(judge) })),
      }));
    },
  };
}
