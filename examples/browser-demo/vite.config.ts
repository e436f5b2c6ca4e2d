import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** Files of `public/` that the page needs at every start. */
const PUBLIC = ['manifest.webmanifest', 'icon.svg'];

/** Writes `sw.js` with the names of all files of the page. It needs only one of the WebAssembly files, which is kept when it is requested. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const files = [
        './',
        ...PUBLIC,
        ...Object.keys(bundle).filter((file) => file !== 'index.html' && !file.endsWith('.wasm')),
      ].sort();
      const code = readFileSync(new URL('src/service-worker.js', import.meta.url), 'utf8');
      const html = bundle['index.html'];
      const hash = createHash('sha256').update(code).update(files.join());
      if (html?.type === 'asset') hash.update(html.source);
      for (const file of PUBLIC) hash.update(readFileSync(new URL(`public/${file}`, import.meta.url)));
      const source = code
        .replace('__FILES__', JSON.stringify(files))
        .replace('__VERSION__', hash.digest('hex').slice(0, 16));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

export default defineConfig({
  base: './',
  appType: 'mpa', // a missing file is a 404, not the page again
  resolve: { conditions: ['@mint/source', ...defaultClientConditions] },
  // TensorFlow.js alone is more than Vite's limit for a warning.
  build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
  worker: { format: 'es' },
  plugins: [serviceWorker()],
});
