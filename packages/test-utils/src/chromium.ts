import { existsSync } from 'node:fs';

/** Chromium of this machine, if any; MINT_CHROMIUM names it where it is not in its usual place. */
export const chromiumPath = [
  process.env.MINT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (chromiumPath === undefined) console.warn('skipped: no browser');

/** For Playwright's `launch`. It asks the network for nothing of its own; its camera is a made-up image. */
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
