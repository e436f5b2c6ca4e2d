// Keeps the page working without a network. The build puts in the names of its files and a version made of their content.
const SHELL = 'mint-demo-__VERSION__';
const COPIES = 'mint-demo-copies';
const FILES = __FILES__;

self.addEventListener('install', (event) => {
  // Not from the browser's own cache, which may hold files of another build.
  const requests = FILES.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(requests)));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        names.filter((name) => name.startsWith('mint-demo-') && name !== SHELL && name !== COPIES),
      )
      .then((names) => Promise.all(names.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // MintDetector.fromUrl keeps the weights itself.
  if (request.method !== 'GET' || url.origin !== location.origin || url.pathname.endsWith('.safetensors'))
    return;
  event.respondWith(answer(request));
});

/** The page itself from its copy; a model's description and the samples from the network while there is one. */
async function answer(request) {
  const shell = await caches.open(SHELL);
  // Hosts that vary their answer by Origin send the same file to all the same.
  const own = await shell.match(request, { ignoreVary: true, ignoreSearch: request.mode === 'navigate' });
  if (own !== undefined) return own;
  const copies = await caches.open(COPIES);
  try {
    const response = await fetch(request);
    if (response.ok) await copies.put(request, response.clone());
    return response;
  } catch (error) {
    const copy = await copies.match(request, { ignoreVary: true });
    if (copy === undefined) throw error;
    return copy;
  }
}
