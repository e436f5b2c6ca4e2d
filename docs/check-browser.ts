// Opens the built site in Chromium, narrow and wide, dark and light: `pnpm --filter docs check:browser` after
// `npm run docs:build`. Finds errors of the console, requests to other hosts, pages wider than the screen, serious findings of
// axe, a search that finds nothing. MINT_CHROMIUM names the browser where it is not in its usual place; MINT_SCREENSHOTS a
// folder for images of some pages.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { chromiumOptions, chromiumPath } from '@mint/test-utils/chromium';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const dist = join(import.meta.dirname, '.vitepress/dist');
/** Served from the disk by the browser's own interception: nothing listens, and nothing else is let through. */
const SITE = 'http://site';
const VIEWS = [
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
] as const;
const SHOWN = ['/', '/devices.html', '/start.html', '/api/metrics/functions/auroc.html'];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};

/** Pages written by hand, and one in forty of the generated ones. */
function addresses(): string[] {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html'))
    .sort();
  if (files.length < 20) throw new Error(`${dist}: ${files.length} pages; run \`npm run docs:build\` first.`);
  const written = files.filter((file) => !file.startsWith('api/') && file !== '404.html');
  const generated = files.filter((file) => file.startsWith('api/')).filter((_, i) => i % 40 === 0);
  return [
    '/',
    ...[...written, ...generated].filter((file) => file !== 'index.html').map((file) => `/${file}`),
  ];
}

async function open(
  browser: Browser,
  view: (typeof VIEWS)[number],
  findings: string[],
): Promise<BrowserContext> {
  const { colorScheme, ...viewport } = view;
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  await context.route('**/*', async (route) => {
    const { origin, pathname } = new URL(route.request().url());
    const path = join(dist, decodeURI(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
    if (origin !== SITE) findings.push(`request to ${route.request().url()}`);
    if (origin !== SITE || !statSync(path, { throwIfNoEntry: false })?.isFile()) return route.abort();
    return route.fulfill({ body: readFileSync(path), contentType: TYPES[extname(path)] ?? 'text/plain' });
  });
  return context;
}

/** What is wrong with the page as it stands. */
async function look(page: Page): Promise<string[]> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return [
    ...(overflow > 0 ? [`${overflow} px wider than the screen`] : []),
    ...serious.map(
      ({ id, nodes }) => `axe: ${id}: ${nodes.length} ×, such as ${nodes[0]?.html.slice(0, 160)}`,
    ),
  ];
}

/** Finds a page by a word of it, with nothing but the site's own files. */
async function search(page: Page): Promise<string[]> {
  await page.goto(`${SITE}/start.html`);
  await page.locator('#local-search button').click();
  await page.locator('#localsearch-input').fill('conformal');
  const first = page.locator('#localsearch-list a').first();
  await first.waitFor({ timeout: 20_000 });
  const address = await first.getAttribute('href');
  return address?.startsWith('/thresholds') || address?.startsWith('/api/detector')
    ? []
    : [`search: 'conformal' leads to ${address}`];
}

if (chromiumPath !== undefined) {
  const browser = await chromium.launch(chromiumOptions);
  const findings: string[] = [];
  const pages = addresses();
  for (const view of VIEWS) {
    const context = await open(browser, view, findings);
    const page = await context.newPage();
    let at = '';
    const tell = (what: string) => findings.push(`${at} (${view.width} px, ${view.colorScheme}): ${what}`);
    page.on('console', (message) => message.type() === 'error' && tell(message.text()));
    page.on('pageerror', (error) => tell(error.message));
    for (at of pages) {
      await page.goto(`${SITE}${at}`, { waitUntil: 'load' });
      for (const what of await look(page)) tell(what);
    }
    at = 'search';
    for (const what of await search(page)) tell(what);
    await context.close();
  }
  const { MINT_SCREENSHOTS: folder } = process.env;
  for (const { width, height } of folder === undefined ? [] : VIEWS) {
    for (const colorScheme of ['dark', 'light'] as const) {
      const context = await open(browser, { width, height, colorScheme } as (typeof VIEWS)[number], findings);
      const page = await context.newPage();
      for (const address of SHOWN) {
        await page.goto(`${SITE}${address}`);
        const name = `${address.replaceAll(/\W+/g, '-')}${width}-${colorScheme}.png`;
        await page.screenshot({ path: join(folder ?? '', name) });
      }
      await context.close();
    }
  }
  await browser.close();
  console.log(`${pages.length} pages in ${VIEWS.length} views, ${findings.length} findings`);
  for (const line of findings) console.error(line);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
