/** The bytes of base64 text, in Node and browsers alike. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Bytes of memory up to which an instance is used again: WebAssembly memory never shrinks. */
const KEEP = 2 ** 26;

/**
 * Makes a function that calls another with the exports of an embedded WebAssembly module. The module is compiled at the first call.
 * Its instance is kept for the next call, unless its memory grew beyond 64 MiB, or the function threw and may have left the memory
 * in any state.
 *
 * @param module - Base64, made by a script under `scripts/`: that its exports are `Exports` is not checked.
 * @throws WebAssembly.CompileError at the first call, on a processor that lacks what the module needs.
 */
export function withInstance<Exports extends { readonly memory: WebAssembly.Memory }>(
  module: string,
  imports: WebAssembly.Imports = {},
): <Result>(use: (exports: Exports) => Result) => Result {
  let compiled: WebAssembly.Module | undefined;
  let kept: Exports | undefined;
  const instantiate = () => {
    compiled ??= new WebAssembly.Module(fromBase64(module));
    return new WebAssembly.Instance(compiled, imports).exports as Exports;
  };
  return (use) => {
    const current = kept ?? instantiate();
    kept = undefined;
    const result = use(current);
    if (current.memory.buffer.byteLength <= KEEP) kept = current;
    return result;
  };
}
