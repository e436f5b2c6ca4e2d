import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

const root = resolve(import.meta.dirname, '../..');
/** Known where GitHub builds the site. */
const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env;
const repository = server && name ? `${server}/${name}/blob/main` : undefined;

/**
 * Relative links to what is no page of the site lead to the file in the repository; where its address is not known, they are
 * its path. Pages are read on both: in the repository and here.
 *
 * @throws Error when the file is not there.
 */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const { children } of tokens) {
      const open: boolean[] = [];
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const file = fileOf(String(token.attrGet('href')), env.path);
          open.push(file !== undefined);
          if (file !== undefined && repository !== undefined) token.attrSet('href', `${repository}/${file}`);
          else if (file !== undefined) {
            token.tag = 'span';
            token.type = 'span_open';
            token.attrs = [
              ['class', 'file'],
              ['title', file],
            ];
          }
        } else if (token.type === 'link_close' && open.pop() && repository === undefined) token.tag = 'span';
      }
    }
  });
}

/** Path from the root of the repository, if `href` is a relative one to no page. @param page - Absolute path. */
function fileOf(href: string, page: string): string | undefined {
  if (/^([a-z]+:|\/|#)/i.test(href)) return undefined;
  const [path = ''] = decodeURI(href).split('#');
  const target = join(dirname(page), path);
  const isPage = path.endsWith('.md') && !relative(join(root, 'docs'), target).startsWith('..');
  if (isPage || path === '') return undefined;
  const file = relative(root, target);
  if (!existsSync(target)) throw new Error(`${page}: links to ${href}, but there is no ${file}`);
  return file;
}
