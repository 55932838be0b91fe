// The browser application out of the binary: addresses, caching, compression, content security policy.
import test, { before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { startReeve, root } from '../lib/reeve.mjs';

let s, index;
const get = (path, headers = {}) => new Promise((resolve, reject) => {
  const u = new URL(s.url);
  request({ host: u.hostname, port: u.port, path, headers }, (res) => {
    const parts = [];
    res.on('data', (d) => parts.push(d));
    res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: Buffer.concat(parts) }));
  }).on('error', reject).end();
});
before(async () => {
  s = await startReeve();
  index = await get('/');
});
after(() => s?.stop());
/* A build without web/dist embeds nothing (meson option web_dist). */
const embedded = (t) => (index.status === 200 ? true : (t.skip('this build embeds no browser application'), false));

test('every address of the application gives its first page, which is always asked for anew', async (t) => {
  if (!embedded(t)) return;
  const source = readFileSync(join(root, 'web/src/app/routes.ts'), 'utf8');
  const addresses = [...source.matchAll(/route\('([^']+)'/g)].map((m) => m[1].replaceAll(/:\w+\??/g, 'x'));
  assert.ok(addresses.length > 5);
  for (const a of ['/', ...addresses]) {
    const r = await get(a);
    assert.equal(r.status, 200, a);
    assert.match(r.headers['content-type'], /^text\/html/);
    assert.equal(r.headers['cache-control'], 'no-cache');
    assert.match(r.body.toString(), /<div id="root">/);
  }
});
test('the first page holds no script or style of its own, and its policy allows none', async (t) => {
  if (!embedded(t)) return;
  const html = index.body.toString(), csp = index.headers['content-security-policy'];
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son\w+=/);
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"]) assert.ok(csp.includes(part), part);
  assert.doesNotMatch(csp, /unsafe|https?:|\*/);
});
test('fingerprinted files are kept for ever, compressed for those who take Brotli and whole for others', async (t) => {
  if (!embedded(t)) return;
  const files = [...index.body.toString().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((m) => m[1]);
  assert.ok(files.length >= 2);
  for (const f of files) {
    const small = await get(f, { 'accept-encoding': 'gzip, br' }), whole = await get(f, { 'accept-encoding': 'gzip' }), refused = await get(f, { 'accept-encoding': 'br;q=0' });
    assert.equal(small.status, 200);
    assert.match(small.headers['cache-control'], /immutable/);
    assert.equal(small.headers.vary, 'Accept-Encoding');
    assert.equal(small.headers['content-encoding'], 'br');
    assert.equal(whole.headers['content-encoding'], undefined);
    assert.equal(refused.headers['content-encoding'], undefined);
    assert.deepEqual(brotliDecompressSync(small.body), whole.body);
    assert.match(small.headers['content-type'], f.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
  }
});
test('a file that did not change is answered 304 without a body', async (t) => {
  if (!embedded(t)) return;
  const r = await get('/', { 'if-none-match': index.headers.etag });
  assert.equal(r.status, 304);
  assert.equal(r.body.length, 0);
  assert.equal((await get('/', { 'if-none-match': '"other"' })).status, 200);
});
test('what is not there is not answered with the application', async (t) => {
  if (!embedded(t)) return;
  for (const path of ['/assets/none-00000000.js', '/inboxes', '/.vite/manifest.json', '/index.htm', '/etc/passwd', '/assets/', '/favicon.ico']) assert.equal((await get(path)).status, 404, path);
  assert.equal((await get('/assets/..%2f..%2fetc/passwd')).status, 400);
});
test('the style sheet of the plain pages is a file of its own', async () => {
  const r = await get('/plain.css');
  assert.equal(r.status, 200);
  assert.match(r.headers['content-type'], /^text\/css/);
});
