import { MintError } from '@mint/internal';

const HEADER = 14;

/**
 * Cuts a stream of BMP files into files: the header of each says how long it is. Gives a function of the next bytes that returns the
 * files which are complete.
 *
 * @param mostBytes - Of a file. A longer one, or bytes that are no BMP file, are an error.
 */
export function frameCutter(mostBytes: number): (chunk: Uint8Array) => Uint8Array<ArrayBuffer>[] {
  const head = new Uint8Array(HEADER);
  let file: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  return (chunk) => {
    const complete: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < chunk.length; ) {
      const target = file ?? head;
      const part = chunk.subarray(at, at + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < target.length) break;
      if (file === undefined) {
        file = new Uint8Array(lengthIn(head, mostBytes));
        file.set(head);
      } else {
        complete.push(file);
        [file, filled] = [undefined, 0];
      }
    }
    return complete;
  };
}

function lengthIn(head: Uint8Array, mostBytes: number): number {
  const length = new DataView(head.buffer).getUint32(2, true);
  if (head[0] === 0x42 && head[1] === 0x4d && length > HEADER && length <= mostBytes) return length;
  const message = `ffmpeg: expected a BMP file of at most ${mostBytes} bytes, got other bytes or a longer one.`;
  throw new MintError('UNREADABLE_IMAGE', message);
}
