// Every link of the built site leads somewhere: `pnpm --filter docs check:links` after `npm run docs:build`. VitePress looks
// at pages; this looks at anchors, files and what themes and generated pages bring.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '.vitepress/dist');
const attributes = (html: string, name: string) =>
  [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

/** File of the site behind a path of an address. */
const fileOf = (path: string) => (path.endsWith('/') ? `${path}index.html` : path);

const htmlFiles = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.html'),
);
const pages = new Map(
  htmlFiles.map((file) => {
    const html = readFileSync(join(dist, file), 'utf8').replaceAll(/<script.*?<\/script>/gs, '');
    return [
      `/${file}`,
      {
        ids: new Set(attributes(html, 'id')),
        links: [...attributes(html, 'href'), ...attributes(html, 'src')],
      },
    ];
  }),
);
if (pages.size < 20) throw new Error(`${dist}: ${pages.size} pages; run \`npm run docs:build\` first.`);

const broken: string[] = [];
let checked = 0;
for (const [page, { links }] of pages) {
  for (const link of new Set(links)) {
    const { origin, pathname, hash } = new URL(link.replaceAll('&amp;', '&'), `http://site${page}`);
    if (origin !== 'http://site') continue;
    checked += 1;
    const file = fileOf(decodeURI(pathname));
    const id = decodeURIComponent(hash.slice(1));
    if (!existsSync(join(dist, file))) broken.push(`${page}: ${link}: there is no ${file}`);
    else if (id !== '' && pages.get(file)?.ids.has(id) === false)
      broken.push(`${page}: ${link}: ${file} has no such anchor`);
  }
}
console.log(`${checked} links on ${pages.size} pages, ${broken.length} of them dead`);
for (const line of broken.slice(0, 40)) console.error(line);
process.exitCode = broken.length === 0 ? 0 : 1;
