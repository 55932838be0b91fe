import { defineConfig, type Plugin } from 'vite';

declare const process: { env: Record<string, string | undefined> };

/* React Aria carries its few words in thirty languages; the application speaks two. */
function onlyOurLanguages(): Plugin {
  return {
    name: 'only-our-languages',
    enforce: 'pre',
    load(id) {
      const m = /\/(?:intl|i18n)\/(?:[\w-]+\/)*([a-z]{2}-[A-Z]{2})\.m?js$/.exec(id.split('?')[0] ?? '');
      return m && /react-(aria|stately)/.test(id) && m[1] !== 'en-US' && m[1] !== 'de-DE' ? 'export default {}' : null;
    },
  };
}

/* The canvas library animates numbers only; d3 would bring a table of all colours along for it. */
function noColours(): Plugin {
  const name = '\0no-colours';
  return {
    name: 'no-colours',
    enforce: 'pre',
    resolveId: (id) => (id === 'd3-color' ? name : null),
    load: (id) => (id === name ? 'function none() { return null; } export { none as color, none as rgb, none as hsl, none as lab, none as lch, none as gray, none as hcl, none as cubehelix }; export default none;' : null),
  };
}

const server = process.env.REEVE_URL ?? 'http://127.0.0.1:8899';
const passOn = { target: server, changeOrigin: false };

export default defineConfig({
  plugins: [onlyOurLanguages(), noColours()],
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'], // the first with light-dark()
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      onwarn: (w, say) => void (w.code === 'MODULE_LEVEL_DIRECTIVE' || say(w)),
      // icons are a few lines each: one chunk, or each that two screens share would be a file of its own. The schedule: both the
      // designer and its lazy dialog need it, or the dialog would be counted with the whole designer
      output: { manualChunks: (id) => (/lucide-react/.test(id) ? 'glyphs' : /logic\/schedule|flows\/ScheduleLine/.test(id) ? 'schedule' : undefined) },
    },
  },
  server: { proxy: { '/reeve': passOn, '/api': passOn, '/governance': passOn, '/oauth2': passOn, '/sign-in': passOn, '/setup': passOn } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
