import { defineConfig } from 'vitepress';
import { apiSidebars } from './api-sidebar.ts';
import { repositoryLinks } from './repository-links.ts';
import { wideTables } from './wide-tables.ts';

const guide = [
  {
    text: 'Get started',
    items: [
      { text: 'Start here in five minutes', link: '/start' },
      { text: 'Your own data', link: '/own-data' },
      { text: 'Using a model', link: '/use-a-model' },
      { text: 'A running station', link: '/station' },
      { text: 'The page of a station', link: '/station-page' },
      { text: 'Questions', link: '/faq' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
  },
  {
    text: 'Understand',
    items: [
      { text: 'Thresholds and false alarms', link: '/thresholds' },
      { text: 'Reading a report', link: '/reading-a-report' },
      { text: 'Our reading of MINT-AD', link: '/our-reading' },
      { text: 'Results', link: '/results' },
      { text: 'anomalib, ADer, UniAD and MINT', link: '/comparison' },
    ],
  },
  {
    text: 'Go further',
    items: [
      { text: 'Backbones', link: '/backbones' },
      { text: 'Models: networks, statistics, memory', link: '/models' },
      { text: 'Settings of a training run', link: '/training' },
      { text: 'Large images, few images', link: '/large-images' },
      { text: 'Adding a class', link: '/add-a-class' },
      { text: 'Images without files', link: '/procedural-images' },
      { text: 'Devices', link: '/devices' },
      { text: 'Many machines', link: '/fleet' },
      { text: 'In the browser', link: '/browser' },
      { text: 'In other programs', link: '/export' },
      { text: 'Speed', link: '/speed' },
    ],
  },
  {
    text: 'One package alone',
    items: [
      { text: 'metrics', link: '/packages/metrics' },
      { text: 'image', link: '/packages/image' },
      { text: 'data', link: '/packages/data' },
      { text: 'backbone', link: '/packages/backbone' },
      { text: 'hub', link: '/packages/hub' },
      { text: 'history', link: '/packages/history' },
      { text: 'fleet', link: '/packages/fleet' },
      { text: 'inr', link: '/packages/inr' },
      { text: 'transformer', link: '/packages/transformer' },
      { text: 'losses', link: '/packages/losses' },
      { text: 'backend-onnx', link: '/packages/backend-onnx' },
      { text: 'Write your own layer', link: '/own-layer' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'The mint command', link: '/cli' },
      { text: 'File formats', link: '/formats' },
      { text: 'Security', link: '/security' },
      { text: 'Kernels of backend-onnx', link: '/onnx-kernels' },
      { text: 'Licences', link: '/licences' },
      { text: 'API', link: '/api/' },
    ],
  },
];

export default defineConfig({
  title: 'MINT',
  description: 'Finds defects in images of products: one model for all product classes, in TypeScript',
  lang: 'en',
  cacheDir: 'node_modules/.vitepress',
  // The index of the search is one chunk, loaded by the first search.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  head: [['link', { rel: 'icon', href: '/logo.svg', type: 'image/svg+xml' }]],
  markdown: {
    // As GitHub names them, so that a link to a heading holds there too.
    anchor: {
      slugify: (text) =>
        text
          .trim()
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(/\s/g, '-'),
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => {
      md.use(repositoryLinks);
      md.use(wideTables);
    },
  },
  themeConfig: {
    logo: '/logo.svg',
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Start here', link: '/start' },
      { text: 'Guide', link: '/own-data' },
      { text: 'Packages', link: '/packages/metrics' },
      { text: 'Command', link: '/cli' },
      { text: 'Licences', link: '/licences' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: { ...apiSidebars(), '/': guide },
  },
});
