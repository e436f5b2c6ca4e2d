/** Text in UTF-8, in Windows' Western European code where it is not valid UTF-8, or in UTF-16 as spreadsheets on Windows save it: with a byte order mark, or with a 0 in every other byte. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (first !== 0 && second === 0) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0 && second !== 0 && bytes.length > 1) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // As spreadsheets in Western Europe save it.
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
