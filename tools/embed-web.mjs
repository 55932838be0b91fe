// Writes the files of web/dist as one blob and a C table over it: each file as it is and compressed with Brotli.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [outC, outBlob, dist, depfile] = process.argv.slice(2);
if (!outC || outC === '--help') {
  console.log('usage: node tools/embed-web.mjs OUT.c OUT.bin DIST [DEPFILE]   an absent DIST embeds nothing');
  process.exit(outC ? 0 : 2);
}
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png',
  '.ico': 'image/x-icon', '.json': 'application/json', '.woff2': 'font/woff2', '.txt': 'text/plain; charset=utf-8', '.webmanifest': 'application/manifest+json' };
const list = (dir, at = '') => readdirSync(dir).sort().flatMap((n) => {
  if (n.startsWith('.')) return []; // build stamps, Vite's manifest
  const path = join(dir, n);
  return statSync(path).isDirectory() ? list(path, `${at}/${n}`) : [{ path: `${at}/${n}`, file: path }];
});
const files = dist && existsSync(dist) ? list(dist).filter((f) => types[extname(f.path)]) : [];
const bytewise = (a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
const parts = [];
let at = 0;
const put = (data) => { const o = at; parts.push(data); at += data.length; return o; };
const rows = files.sort(bytewise).map((f) => {
  const data = readFileSync(f.file);
  const small = brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
  const etag = createHash('sha256').update(data).digest('base64url').slice(0, 22);
  const brotli = small.length < data.length ? `B + ${put(small)}, ${data.length}, ${small.length}` : `NULL, ${data.length}, 0`;
  const immutable = /^\/assets\/.*-[\w-]{8}\.\w+$/.test(f.path);
  return `    { "${f.path}", "${types[extname(f.path)]}", "\\"${etag}\\"", B + ${put(data)}, ${brotli}, ${immutable} },`;
});
writeFileSync(outBlob, Buffer.concat([...parts, Buffer.alloc(1)]));
writeFileSync(outC, `/* Generated from web/dist by tools/embed-web.mjs. */
#include "api/api.h"

__asm__(".section .rodata\\n.global rv_web_blob\\nrv_web_blob:\\n.incbin \\"${resolve(outBlob)}\\"\\n.previous\\n");
extern const unsigned char rv_web_blob[];
#define B rv_web_blob

const struct rv_asset rv_assets[] = {
${rows.join('\n')}
    { NULL, NULL, NULL, NULL, NULL, 0, 0, false },
};
`);
if (depfile) writeFileSync(depfile, `${outC}: ${files.map((f) => f.file.replaceAll(' ', '\\ ')).join(' ')}\n`);
