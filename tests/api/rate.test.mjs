// Limits of calls (security.md 10.4): who is turned away, with which headers, what the log tells and how often.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { startReeve, firstAdministrator, apiToken, Client, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1', FORM = 'application/x-www-form-urlencoded', TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const b64 = (v) => Buffer.from(JSON.stringify(v)).toString('base64url');
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 }), strange = generateKeyPairSync('rsa', { modulusLength: 2048 });
let s, admin, anyone, base, app, quiet;
before(async () => {
  s = await startReeve({ config: { 'proxy.trusted': '127.0.0.1', 'rate.token': 5, 'rate.client_failures': 4, 'rate.address_failures': 9, 'flows.starts_per_second': 5 } });
  admin = await firstAdministrator(s);
  anyone = new Client(s.url);
  base = (await admin.get(`${N}/session`)).organisation.baseUrl;
  [app, quiet] = [await service('Reports'), await service('Quiet')];
});
after(() => s?.stop());
const service = async (label) => {
  const made = await admin.post('/api/v1/apps', { name: 'oidc_client', label, signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: 'private_key_jwt' } },
    settings: { oauthClient: { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'], jwks: { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), use: 'sig', kid: 'k1' }] } } } });
  await admin.post(`/api/v1/apps/${made.id}/grants`, { scopeId: 'reeve.read', issuer: base });
  return made;
};
const ask = (id, key = keys, headers = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const text = `${b64({ alg: 'RS256', kid: 'k1' })}.${b64({ iss: id, sub: id, aud: base, exp: now + 300, jti: randomUUID() })}`;
  const assertion = `${text}.${createSign('sha256').update(text).sign(key.privateKey).toString('base64url')}`;
  return anyone.raw('POST', '/oauth2/v1/token', { type: FORM, headers, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'reeve.read', client_assertion_type: TYPE, client_assertion: assertion }).toString() });
};
const events = async (what, id, who = admin) => (await who.get(`/api/v1/logs?limit=200&filter=${encodeURIComponent(`eventType eq "system.org.rate_limit.${what}"`)}`)).filter((e) => e.target[0].id === id);
const windows = (list) => list.map((e) => e.debugContext.debugData.resetAt);
/** What fn finds out within one minute of the clock: the counts begin anew with the next one. */
async function inOneMinute(fn) {
  for (;;) {
    const minute = () => Math.floor(Date.now() / 60_000), begun = minute();
    const failed = await fn().then(() => null, (e) => e);
    if (minute() !== begun) continue;
    if (failed) throw failed;
    return;
  }
}
/** Calls until one is turned away; the minute may end on the way. */
async function over(call, most) {
  for (let i = 0; i <= 2 * most; i++) {
    const r = await call();
    if (r.status === 429) return r;
  }
  throw new Error(`never turned away in ${2 * most + 1} calls`);
}
function check(r, limit) {
  assert.equal(r.headers.get('x-rate-limit-limit'), String(limit));
  assert.equal(r.headers.get('x-rate-limit-remaining'), '0');
  assert.equal(Number(r.headers.get('x-rate-limit-reset')) % 60, 0);
  assert.ok(Number(r.headers.get('retry-after')) >= 1 && Number(r.headers.get('retry-after')) <= 60, r.headers.get('retry-after'));
}

test('a principal that nears the limit of calls and one that passes it are told in the log, once each in a minute', async (t) => {
  const small = await startReeve({ config: { 'rate.api': 20 } });
  t.after(() => small.stop());
  const boss = await firstAdministrator(small), busy = new Client(small.url, { token: await apiToken(boss, 'busy') });
  const path = `${N}/folders`;
  const first = await over(() => busy.raw('GET', path), 20);
  check(first, 20);
  for (let i = 0; i < 5; i++) await busy.raw('GET', path); // more of them change nothing
  const violations = await until(async () => { const v = await events('violation', path, boss); return v.length > 0 ? v : null; }, 'the violation');
  const warnings = await events('warning', path, boss);
  assert.ok(warnings.length >= 1);
  for (const list of [violations, warnings]) assert.equal(new Set(windows(list)).size, list.length, 'one for each minute');
  const [v] = violations;
  assert.deepEqual([v.actor.alternateId, v.outcome.result, v.severity, v.target[0].type], ['admin@reeve.example', 'FAILURE', 'WARN', 'URL Pattern']);
  assert.ok(v.outcome.reason);
  assert.equal(Number(v.debugContext.debugData.limit), 20);
  assert.equal(warnings[0].outcome.result, 'SUCCESS');
  assert.deepEqual(await events('violation', `${N}/teams`, boss), [], 'others are not told of');
});

test('a client that asks for tokens too often is told to slow down until the minute is over, and others are not held up', async () => {
  const r = await over(() => ask(app.id), 5);
  assert.deepEqual([r.json.error, /too many tokens/.test(r.json.error_description)], ['slow_down', true]);
  check(r, 5);
  assert.equal((await ask(quiet.id)).status, 200);
  await until(async () => (await events('violation', app.id)).length > 0, 'the violation');
});

test('who fails in the name of a client has to wait, and the client itself, elsewhere, has not', async () => {
  await inOneMinute(async () => {
    const r = await over(async () => { const x = await ask(quiet.id, strange); assert.ok([401, 429].includes(x.status), x.text); return x; }, 4);
    assert.equal(r.json.error, 'slow_down');
    check(r, 4);
    assert.equal((await ask(quiet.id)).status, 429, 'from this address also with the right key: nobody learns which one is right');
  });
  assert.equal((await ask(quiet.id, keys, { 'x-forwarded-for': '203.0.113.7' })).status, 200, 'from elsewhere');
  const told = await until(async () => { const v = await events('violation', quiet.id); return v.length > 0 ? v : null; }, 'the violation');
  assert.equal(new Set(windows(told)).size, told.length);
  assert.equal(told[0].client.ipAddress, '127.0.0.1');
});

test('an address from which many clients fail has to wait, whatever their names', async () => {
  let n = 0;
  const introspect = () => anyone.raw('POST', '/oauth2/v1/introspect', { type: FORM, body: 'token=x', headers: { authorization: 'Basic nonsense' } });
  await inOneMinute(async () => {
    const r = await over(() => ask(`0oa${++n}nobody`, strange), 9);
    assert.match(r.json.error_description, /address/);
    check(r, 9);
    assert.equal((await introspect()).status, 429, 'the neighbours of the token endpoint count with it');
  });
});

test('a flow that is started too often in a second is told in the log', async () => {
  const card = await cardMaker(admin), folder = await admin.post(`${N}/folders`, { name: 'Busy' });
  const flow = await admin.post(`${N}/flows`, { name: 'Busy', folderId: folder.id, cards: resolve([card('http:accept', 'start'), card('control:return', 'end')]) });
  const { invokeUrl } = await admin.patch(`${N}/flows/${flow.id}/endpoint`, { security: 'NONE' });
  await admin.post(`${N}/flows/${flow.id}/activate`);
  await until(async () => (await Promise.all(Array.from({ length: 30 }, () => anyone.raw('GET', new URL(invokeUrl).pathname)))).some((r) => r.status === 429), 'a start over the rate');
  const [e] = await until(async () => { const v = await events('violation', flow.id); return v.length > 0 ? v : null; }, 'the violation');
  assert.deepEqual([e.target[0].type, e.target[0].displayName, Number(e.debugContext.debugData.limit)], ['Flow', 'Busy', 5]);
});
