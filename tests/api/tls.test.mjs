// The listener with TLS of its own, and one that speaks plain HTTP beyond this machine (security.md 1.5, 5.6).
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminPassword, binary, until } from '../lib/reeve.mjs';

let dir;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-tls-'));
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  chmodSync(join(dir, 'key.pem'), 0o400);
});
after(() => rmSync(dir, { recursive: true, force: true }));

/** Starts the server with these settings; gives its address and set-up link, and stop. */
async function serve(name, settings) {
  const child = spawn(binary, ['serve', '--data', join(dir, name), '--set', 'listen.port=0', ...Object.entries(settings).flatMap(([k, v]) => ['--set', `${k}=${v}`])], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (d) => { out += d; });
  child.stderr.on('data', (d) => { err += d; });
  const done = new Promise((r) => child.on('close', (code) => r(code)));
  await until(() => (child.exitCode === null ? /Stop with/.test(out) : assert.fail(err)), 'the server');
  return {
    url: /ready at (\S+)/.exec(out)[1], setup: /(\S+\/setup\?token=\S+)/.exec(out)[1],
    stop: async () => { child.kill('SIGTERM'); assert.equal(await done, 0, err.slice(-2000)); assert.doesNotMatch(err, /Sanitizer|runtime error/); },
  };
}
const call = (url, { method = 'GET', headers = {}, body } = {}) => new Promise((resolve, reject) => {
  const r = request(url, { method, headers, rejectUnauthorized: false }, (res) => {
    let text = '';
    res.on('data', (d) => { text += d; });
    res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text }));
  });
  r.on('error', reject);
  r.end(body);
});

describe('with TLS', () => {
  let s;
  before(async () => { s = await serve('secure', { 'listen.tls_cert': join(dir, 'cert.pem'), 'listen.tls_key': join(dir, 'key.pem') }); });
  after(() => s?.stop());
  test('the address and the set-up link that are printed can be opened', async () => {
    assert.match(s.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(s.setup.startsWith(`${s.url}/setup?token=`));
    assert.equal((await call(s.setup)).status, 200);
  });
  test('the session cookie is bound to this host and to TLS, the other name opens nothing, and browsers are told to stay with TLS', async () => {
    const page = await call(s.setup);
    const form = page.headers['set-cookie'][0];
    assert.match(form, /; Secure/);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)[1], token = s.setup.split('token=')[1];
    const body = new URLSearchParams({ csrf, token, password: adminPassword, password2: adminPassword }).toString();
    const r = await call(`${s.url}/setup`, { method: 'POST', body, headers: { origin: s.url, cookie: form.split(';')[0], 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length } });
    assert.equal(r.status, 303, r.text);
    const cookie = r.headers['set-cookie'].find((c) => c.startsWith('__Host-reeve='));
    assert.match(cookie, /; Secure/);
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.match(cookie, /; Path=\//);
    assert.doesNotMatch(cookie, /Domain|Expires|Max-Age/);
    const value = cookie.split(';')[0];
    const me = await call(`${s.url}/reeve/api/v1/session`, { headers: { cookie: value } });
    assert.equal(me.status, 200);
    assert.equal(JSON.parse(me.text).organisation.baseUrl, s.url);
    assert.match(me.headers['strict-transport-security'], /max-age=31536000/);
    assert.equal((await call(`${s.url}/reeve/api/v1/session`, { headers: { cookie: value.replace('__Host-', '') } })).status, 403);
  });
  test('who speaks plain HTTP to it gets nothing', async () => {
    await assert.rejects(fetch(s.url.replace('https:', 'http:')));
  });
});

test('plain HTTP beyond this machine opens no session: the page says what to do', async () => {
  const s = await serve('plain', { 'listen.address': '0.0.0.0' });
  try {
    assert.match(s.url, /^http:\/\/127\.0\.0\.1:\d+$/, 'an address that can be opened here');
    for (const path of ['/sign-in', s.setup.slice(s.url.length)]) {
      const r = await fetch(s.url + path);
      assert.equal(r.status, 403, path);
      assert.match(await r.text(), /HTTPS/);
      assert.deepEqual(r.headers.getSetCookie().filter((c) => /^(__Host-)?reeve=/.test(c)), []);
    }
  } finally {
    await s.stop();
  }
});
