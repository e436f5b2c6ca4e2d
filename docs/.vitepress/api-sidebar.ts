import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';

const api = join(import.meta.dirname, '../api');

/** What typedoc calls its folders, in the order of the sidebar. */
const KINDS = {
  classes: 'Classes',
  functions: 'Functions',
  variables: 'Constants',
  interfaces: 'Interfaces',
  'type-aliases': 'Types',
} as const;

const isKind = (name: string): name is keyof typeof KINDS => name in KINDS;

const foldersIn = (path: string) =>
  readdirSync(join(api, path), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

/** Members of a package, or of one of its entry points, by kind. */
function membersOf(path: string): DefaultTheme.SidebarItem[] {
  const folders = foldersIn(path);
  const kinds = Object.keys(KINDS)
    .filter(isKind)
    .filter((kind) => folders.includes(kind));
  const members = kinds.map((kind) => ({
    text: KINDS[kind],
    items: readdirSync(join(api, path, kind)).map((file) => {
      const text = file.replace(/\.md$/, '');
      return { text, link: `/api/${path}/${kind}/${text}` };
    }),
  }));
  const entries = folders.filter((folder) => !isKind(folder));
  return [
    ...members,
    ...entries.flatMap((entry) => [entryOf(`${path}/${entry}`), ...membersOf(`${path}/${entry}`)]),
  ];
}

const entryOf = (path: string): DefaultTheme.SidebarItem => ({
  text: `@mint/${path.replace(/\/index$/, '')}`,
  link: `/api/${path}/`,
});

/** One sidebar a package, made of what `npm run docs:api` wrote; the other packages stand below as links. */
export function apiSidebars(): DefaultTheme.SidebarMulti {
  const packages = foldersIn('.');
  const all = { text: 'Packages', items: packages.map(entryOf) };
  const sidebars = packages.map((name) => [`/api/${name}/`, [entryOf(name), ...membersOf(name), all]]);
  return { ...Object.fromEntries(sidebars), '/api/': [all] };
}
