/** An element of index.html by its id. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`index.html has no ${kind.name} with id '${id}'.`);
}

/** A new element with attributes and content; text is never read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

/** Entries of a definition list. */
export const terms = (entries: Readonly<Record<string, string>>): HTMLElement[] =>
  Object.entries(entries).map(([term, text]) => make('div', {}, make('dt', {}, term), make('dd', {}, text)));
