import { existsSync } from 'node:fs';

/** Path of Chromium on this machine, if there is one. MINT_CHROMIUM overrides the usual places. */
export const chromiumPath = [
  process.env.MINT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (chromiumPath === undefined) console.warn('skipped: no browser');

/** Options for Playwright's `launch`. The browser makes no requests by itself; its camera shows a test image. */
export const chromiumOptions = {
  executablePath: chromiumPath ?? '',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ],
};

/** The same with WebGPU, on SwiftShader where there is no graphics card: slow, but it computes what a card computes. */
export const webgpuOptions = {
  ...chromiumOptions,
  args: [
    ...chromiumOptions.args.filter((arg) => arg !== '--disable-gpu'),
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--enable-features=Vulkan',
  ],
};
