import { extname } from 'node:path';
import { sha256 } from '@mint/internal/node';

/** Longest name in bytes. File systems take 255; results add a number in front and an ending. */
const LONGEST = 200;
const LONGEST_ENDING = 10;

/** Turns any name or id into a file name without separators, control characters or a leading dot, short enough for any file system. */
export function safeName(id: string): string {
  return shortName(id.replaceAll(/[\\/:*?"<>|\p{Cc}\u2028\u2029]/gu, '_').replace(/^\.+/, '_'));
}

/** A name that is too long is cut and ends in a hash of the whole, before its ending. */
export function shortName(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name;
  const own = extname(name);
  const ending = own.length <= LONGEST_ENDING ? own : '';
  let start = '';
  for (const letter of name) {
    if (Buffer.byteLength(start + letter) > LONGEST - 10 - LONGEST_ENDING) break;
    start += letter;
  }
  return `${start}~${sha256(name).slice(0, 8)}${ending}`;
}

/** Gives each path once: of names that would become the same file, the second gets `~2`. Case does not tell files apart everywhere. */
export function distinctPaths(): (path: string) => string {
  const taken = new Set<string>();
  return (path) => {
    const ending = extname(path);
    const start = path.slice(0, path.length - ending.length);
    let free = path;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${start}~${n}${ending}`;
    taken.add(free.toLowerCase());
    return free;
  };
}
