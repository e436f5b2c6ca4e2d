import type { FolderReading } from '@mint/data';
import { onOneLine } from '@mint/internal';

/** Folders deeper than the tree shown are counted in those around them. */
const MOST_FOLDERS = 60;

/** The folders as a tree, each with what it was read as and the number of images and masks below it. */
export function folderTree(folders: readonly FolderReading[]): string[] {
  const depthOf = ({ path }: FolderReading) => path.split('/').length;
  let depth = Math.max(...folders.map(depthOf));
  while (depth > 1 && folders.filter((folder) => depthOf(folder) <= depth).length > MOST_FOLDERS) depth -= 1;
  const shown = folders.filter((folder) => depthOf(folder) <= depth);
  const lines = shown.slice(0, MOST_FOLDERS).map((folder) => {
    const name = `${'  '.repeat(depthOf(folder) - 1)}${onOneLine(folder.path.split('/').at(-1) ?? '')}/`;
    return { name, count: String(folder.count), readAs: folder.readAs };
  });
  const width = Math.max(...lines.map(({ name }) => name.length));
  const more = folders.length - lines.length;
  return [
    ...lines.map(({ name, count, readAs }) =>
      `${name.padEnd(width)}  ${count.padStart(6)}  ${readAs}`.trimEnd(),
    ),
    ...(more > 0 ? [`and ${more} more folders`] : []),
  ];
}
