import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  // Nothing inline: the server's policy lets the page run only files.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
