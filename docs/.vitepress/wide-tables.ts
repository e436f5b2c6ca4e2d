import type { MarkdownRenderer } from 'vitepress';

/** Puts each table into a box that scrolls sideways, by keyboard too. */
export function wideTables(md: MarkdownRenderer): void {
  md.renderer.rules.table_open = () =>
    '<div class="wide" role="group" aria-label="table" tabindex="0"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
}
