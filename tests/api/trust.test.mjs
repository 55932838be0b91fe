// The trust store: authorities of one's own for outgoing TLS (workflows.md 14.1).
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, restart, removeDir, firstAdministrator, signIn, addPerson, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { runFlow, runAgain } from '../lib/service.mjs';

const N = '/reeve/api/v1', T = `${N}/trusted-certificates`;
let dir, s, admin, server, port, ca, leaf, expired;
const openssl = (...args) => { const r = spawnSync('openssl', args, { encoding: 'utf8', cwd: dir }); assert.equal(r.status, 0, r.stderr); };
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-trust-'));
  writeFileSync(join(dir, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/O=Acme/CN=Acme Root', '-keyout', 'ca.key', '-out', 'ca.pem');
  writeFileSync(join(dir, 'ca.cnf'), '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nbasicConstraints=CA:TRUE\n');
  writeFileSync(join(dir, 'index'), '');
  writeFileSync(join(dir, 'serial'), '01\n');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Old Root', '-keyout', 'old.key', '-out', 'old.req');
  openssl('ca', '-config', 'ca.cnf', '-batch', '-notext', '-selfsign', '-keyfile', 'old.key', '-in', 'old.req', '-out', 'old.pem', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'req.pem');
  openssl('x509', '-req', '-in', 'req.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '20', '-extfile', 'names', '-out', 'leaf.pem');
  [ca, leaf, expired] = ['ca.pem', 'leaf.pem', 'old.pem'].map((f) => readFileSync(join(dir, f), 'utf8'));
  server = createServer({ key: readFileSync(join(dir, 'key.pem')), cert: leaf }, (q, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":"world"}'));
  await new Promise((r) => server.listen(0, '127.0.0.1', r));
  ({ port } = server.address());
  s = await startReeve({ config: { 'client.allow': `127.0.0.1:${port}` } });
  admin = await firstAdministrator(s);
});
after(async () => { await s?.stop(); if (s) removeDir(s); server?.closeAllConnections(); server?.close(); rmSync(dir, { recursive: true, force: true }); });
const events = async (type) => (await admin.get(`/api/v1/logs?filter=${encodeURIComponent(`eventType eq "${type}"`)}`));
const add = (body) => admin.raw('POST', T, { body: JSON.stringify(body) });

test('a certificate of an own authority is refused, trusted once the authority is here, and refused again without it, over a restart', async () => {
  const connection = await admin.post(`${N}/connections`, { name: 'Inside', connector: 'httpfunctions', auth: 'NONE', fields: {} });
  const card = await cardMaker(admin);
  const first = await runFlow(admin, until, resolve, [card('http:delegated', 'start'), card('httpfunctions:get', 'call', { set: { URL: `https://127.0.0.1:${port}/x` }, connectionId: connection.id })]);
  const again = async () => (await runAgain(admin, until, first.flow)).run;
  assert.equal(first.run.status, 'FAILED');
  assert.match(first.run.error.message, /certificate of 127\.0\.0\.1 is not trusted.*Settings > Trust store/);
  const made = await admin.post(T, { name: 'Acme', pem: ca });
  assert.equal((await again()).status, 'SUCCEEDED');
  await s.kill();
  s = await restart(s, { config: { 'client.allow': `127.0.0.1:${port}` } });
  admin = await signIn(s, 'admin@reeve.example');
  assert.equal((await again()).status, 'SUCCEEDED');
  await admin.raw('DELETE', `${T}/${made.id}`);
  assert.match((await again()).error.message, /is not trusted/);
});

test('WF-106: adding, changing, viewing and deleting a certificate are audited with actor, target and time', async () => {
  const begin = Date.now() - 1000;
  const made = await admin.post(T, { name: 'Audited', pem: ca });
  assert.deepEqual([made.name, made.subject, made.expired, made.fingerprint.length], ['Audited', 'CN=Acme Root,O=Acme', false, 64]);
  assert.equal((await admin.get(`${T}/${made.id}`)).pem.trim(), ca.trim());
  const renamed = await admin.raw('PATCH', `${T}/${made.id}`, { body: JSON.stringify({ name: 'Renamed', version: made.version }) });
  assert.equal(renamed.json.name, 'Renamed');
  assert.deepEqual((await admin.get(T)).data.map((c) => [c.name, c.pem]), [['Renamed', undefined]]);
  assert.equal((await admin.raw('DELETE', `${T}/${made.id}`)).status, 204);
  for (const verb of ['create', 'update', 'view', 'delete']) {
    const e = await until(async () => (await events(`workflows.user.truststore.${verb}`)).find((x) => x.target[0].id === made.id), verb);
    assert.equal(e.actor.alternateId, 'admin@reeve.example');
    assert.equal(e.target[0].type, 'TrustedCertificate');
    assert.ok(Date.parse(e.published) >= begin, e.published);
  }
});

test('what is no certificate of an authority is refused with a sentence, and nobody but administrators sees the store', async () => {
  const refused = async (body, words, at = '/pem') => {
    const r = await add(body);
    assert.equal(r.status, 400, r.text);
    assert.equal(r.json.errorCauses[0].location, at);
    assert.match(r.text, words);
  };
  await refused({ name: 'x', pem: 'hello' }, /no certificate in PEM form/);
  await refused({ name: 'x', pem: readFileSync(join(dir, 'ca.key'), 'utf8') }, /no certificate in PEM form/);
  await refused({ name: 'x', pem: ca + ca }, /more than one certificate/);
  await refused({ name: 'x', pem: leaf }, /not the certificate of an authority/);
  await refused({ name: 'x', pem: expired }, /has expired/);
  await refused({ name: 'x', pem: ca.replace(/^.{20}/m, 'A'.repeat(20)) }, /no certificate in PEM form/);
  await refused({ name: '', pem: ca }, /name/, '/name');
  await refused({ name: 'x', pem: 'x'.repeat(30000) }, /pem/);
  const made = await admin.post(T, { name: 'Once', pem: ca });
  assert.equal((await add({ name: 'Twice', pem: ca })).status, 409);
  assert.equal((await admin.raw('PATCH', `${T}/${made.id}`, { body: JSON.stringify({ name: 'Y', version: 99 }) })).status, 409);
  assert.equal((await admin.raw('GET', `${T}/nothing`)).status, 404);
  await addPerson(admin, 'pia@example.com', { firstName: 'Pia', lastName: 'P' });
  const pia = await signIn(s, 'pia@example.com');
  for (const [method, path] of [['GET', T], ['POST', T], ['GET', `${T}/${made.id}`], ['DELETE', `${T}/${made.id}`]])
    assert.equal((await pia.raw(method, path, method === 'POST' ? { body: JSON.stringify({ name: 'z', pem: ca }) } : {})).status, 403, `${method} ${path}`);
  await admin.raw('DELETE', `${T}/${made.id}`);
});
