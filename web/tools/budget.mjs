// Checks the sizes of web.md 4 over dist/: gzip for what a browser loads, Brotli for what the binary carries.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const kB = 1000;
const gz = new Map();
const size = (file) => {
  if (!gz.has(file)) gz.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  return gz.get(file);
};
/** the chunk and everything it imports statically */
const closure = (key, seen = new Set()) => {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const k of manifest[key].imports ?? []) closure(k, seen);
  return seen;
};
const total = (keys) => [...keys].reduce((n, k) => n + size(manifest[k].file), 0);
const entryKey = Object.keys(manifest).find((k) => manifest[k].isEntry);
const entry = closure(entryKey);

const designer = Object.keys(manifest).find((k) => manifest[k].isDynamicEntry && manifest[k].name === 'Designer');
/** what is loaded before: of a part that opens in the designer, all of it, too */
const there = (key, own) => key !== designer && own.has(designer) ? closure(designer, new Set(entry)) : entry;

const lines = [['entry', total(entry), 195 * kB]];
for (const key of Object.keys(manifest)) {
  if (!manifest[key].isDynamicEntry || entry.has(key)) continue;
  const whole = closure(key), before = there(key, whole);
  lines.push([manifest[key].name ?? key, total([...whole].filter((k) => !before.has(k))), key === designer ? 90 * kB : 40 * kB]);
}
const all = (dir) => readdirSync(dir).flatMap((n) => {
  const p = join(dir, n);
  return statSync(p).isDirectory() ? all(p) : [p];
});
const files = all(dist).filter((f) => !f.includes('/.vite/'));
lines.push(['css, all', files.filter((f) => f.endsWith('.css')).reduce((n, f) => n + gzipSync(readFileSync(f), { level: 9 }).length, 0), 25 * kB]);
lines.push(['whole application (Brotli)', files.reduce((n, f) => n + brotliCompressSync(readFileSync(f), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length, 0), 1200 * kB]);

let over = 0;
for (const [name, n, limit] of lines) {
  const bad = n > limit;
  over += bad ? 1 : 0;
  console.log(`${bad ? 'OVER ' : 'ok   '} ${(n / kB).toFixed(1).padStart(7)} of ${String(limit / kB).padStart(5)} kB  ${name}`);
}
if (over) {
  console.error(`budget: ${over} over the limit of web.md 4`);
  process.exit(1);
}
