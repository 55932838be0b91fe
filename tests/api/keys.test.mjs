// reeve keys rotate: every secret is sealed with a new key, everything that was signed or hashed before stays good (security.md 6.2).
import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { apiToken, Client, firstAdministrator, reeve, removeDir, restart, startReeve } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { lab } from '../lib/cards.mjs';
import { startService } from '../lib/service.mjs';

const N = '/reeve/api/v1';
const columns = [['oauth_key', 'sealed'], ['app_secret', 'secret'], ['connection', 'secrets'], ['connection', 'token'], ['log_stream', 'headers'], ['idempotency_key', 'body']];
const dir = mkdtempSync(join(tmpdir(), 'reeve-keys-')), data = join(dir, 'data'), file = join(dir, 'data.key');
let s, service;
after(async () => { await s?.stop(); await service?.stop(); removeDir({ dir }); });
const lines = () => readFileSync(file, 'utf8').trim().split('\n');
/** Every sealed text of the database, by the program of the database itself. */
const sealed = () => {
  const all = columns.map(([t, c]) => `SELECT '${t}.${c}', ${c} FROM ${t} WHERE ${c} IS NOT NULL`).join(' UNION ALL ');
  const r = spawnSync('sqlite3', ['-readonly', join(data, 'reeve.db'), `${all} UNION ALL SELECT 'setting.value', value FROM setting WHERE name = 'mailPassword' ORDER BY 1, 2`], { encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  return r.stdout.trim().split('\n').map((l) => l.split('|'));
};

test('a new key seals every secret; tokens, sessions, secrets and kept answers stay good, and the key file keeps two keys', { skip: !existsSync('/usr/bin/sqlite3') && 'sqlite3 is not there' }, async () => {
  service = await startService((q, r) => r.json(200, q.path === '/token' ? { access_token: 'fetched', token_type: 'Bearer', expires_in: 36_000 } : { auth: q.headers.authorization }));
  const config = { 'client.allow': service.allow };
  s = await startReeve({ dir, config });
  config['listen.port'] = new URL(s.url).port;
  const admin = await firstAdministrator(s), token = await apiToken(admin, 'kept');
  const l = await lab(admin), card = await cardMaker(admin);
  const connect = (name, auth, fields) => admin.post(`${N}/connections`, { name, connector: 'httpfunctions', auth, fields: { plainHttp: 'Yes', origins: service.url, ...fields } });
  const basic = await connect('Basic', 'BASIC', { username: 'u', password: 'pässword' });
  const { id } = await admin.post('/api/v1/apps', { name: 'oidc_client', label: 'Secret', signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: 'client_secret_basic' } },
    settings: { oauthClient: { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'] } } });
  const secret = async () => (await admin.get(`/api/v1/apps/${id}/credentials/secrets`))[0];
  const settings = await admin.get(`${N}/settings`);
  await admin.patch(`${N}/settings`, { version: settings.version, mailHost: '127.0.0.1', mailPort: 1, mailSecurity: 'PLAIN', mailFrom: 'a@example.com', mailUser: 'u', mailPassword: 'mail-pw' });
  await admin.put(`${N}/log-stream`, { version: 0, enabled: false, url: `${service.url}/hec`, events: [], headers: { Authorization: 'Splunk x' } });
  const kept = () => admin.raw('POST', `${N}/folders`, { body: { name: 'Once' }, headers: { 'idempotency-key': 'rotate' } });
  const folder = (await kept()).json;
  const endpoint = await admin.post(`${N}/flows`, { name: 'Called', folderId: folder.id, cards: resolve([card('http:accept', 'start'), card('control:return', 'end', { add: [{ key: 'said' }], set: { said: 'hello' } })]) });
  const { clientToken, invokeUrl } = await admin.post(`${N}/flows/${endpoint.id}/endpoint/token`);
  await admin.post(`${N}/flows/${endpoint.id}/activate`);
  const get = l.card('httpfunctions:get', 'ask', { connectionId: basic.id, set: { URL: `${service.url}/x` } });
  const calling = await l.flow('Calls', [l.card('http:delegated', 'start'), get]);
  const keys = (await admin.get('/oauth2/v1/keys')).keys, hash = (await secret()).secret_hash;
  const works = async () => {
    const anyone = new Client(s.url, {}), path = new URL(invokeUrl).pathname;
    assert.equal((await new Client(s.url, { token }).get('/api/v1/users/me')).profile.login, 'admin@reeve.example');
    assert.deepEqual((await anyone.raw('POST', path, { headers: { 'x-api-client-token': clientToken } })).json, { said: 'hello' });
    assert.deepEqual((await admin.get('/oauth2/v1/keys')).keys, keys);
    assert.equal((await secret()).secret_hash, hash);
    const again = await kept();
    assert.deepEqual([again.json.id, again.headers.get('idempotency-replayed')], [folder.id, 'true']);
    service.calls.length = 0;
    await l.start(calling);
    await new Promise((r) => { const look = () => (service.calls.length ? r() : setImmediate(look)); look(); });
    assert.equal(service.calls[0].headers.authorization, `Basic ${Buffer.from('u:pässword').toString('base64')}`);
  };
  await works();
  const refused = reeve('keys', 'rotate', '--data', data);
  assert.notEqual(refused.status, 0, 'while the server runs');
  await s.stop();
  assert.equal(lines().length, 1, 'and nothing was changed');
  const [first] = lines();
  let before = sealed();
  assert.deepEqual([...new Set(before.map(([c]) => c))].sort(), ['app_secret.secret', 'connection.secrets', 'idempotency_key.body', 'log_stream.headers', 'oauth_key.sealed', 'setting.value']);
  for (let round = 0; round < 2; round++) {
    const r = reeve('keys', 'rotate', '--data', data);
    assert.equal(r.status, 0, r.stderr);
    assert.match(r.stdout, new RegExp(`^${before.length} secrets are sealed with it`, 'm'));
    const now = sealed(), old = new Set(before.map(([, v]) => v));
    assert.equal(now.length, before.length);
    assert.ok(now.every(([, v]) => !old.has(v)), 'each was sealed anew');
    assert.deepEqual([lines().length, lines()[0], statSync(file).mode & 0o777, existsSync(`${file}.new`)], [2, first, 0o400, false]);
    before = now;
    s = await restart({ dir }, { config });
    await works();
    const told = await admin.get(`/api/v1/logs?filter=${encodeURIComponent('eventType eq "reeve.keys.rotate"')}`);
    assert.deepEqual([told.length, told[0].actor.type], [round + 1, 'SystemPrincipal']);
    await s.stop();
  }
  // cut off after the key came into the file: everything can still be opened, and the next try ends it
  const three = `${lines().join('\n')}\nreeve-key 1 ${'ab'.repeat(32)}\n`;
  chmodSync(file, 0o600);
  writeFileSync(file, three);
  chmodSync(file, 0o400);
  s = await restart({ dir }, { config });
  await works();
  await s.stop();
  assert.equal(reeve('keys', 'rotate', '--data', data).status, 0);
  assert.deepEqual([lines().length, lines()[0]], [2, first]);
  s = await restart({ dir }, { config });
  await works();
});
