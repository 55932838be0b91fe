// Service applications: tokens by client credentials, what they open, and what is never taken for one.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync, randomUUID, sign, constants } from 'node:crypto';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, firstAdministrator, restart, removeDir, apiToken, Client } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { enableFeatures, letAccessRequestsRun } from '../lib/badge.mjs';

const N = '/reeve/api/v1', FORM = 'application/x-www-form-urlencoded', TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url');
const pair = (type, options) => generateKeyPairSync(type, options);
const rsa = pair('rsa', { modulusLength: 2048 }), other = pair('rsa', { modulusLength: 2048 }), small = pair('rsa', { modulusLength: 1024 });
const jwk = (k, more) => ({ ...k.publicKey.export({ format: 'jwk' }), use: 'sig', ...more });
const INVOKE = 'okta.workflows.invoke.manage';

const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const free = { 'rate.token': 0, 'rate.client_failures': 0, 'rate.address_failures': 0 }; // rate.test.mjs looks at those
let s, admin, anyone, base, token, app, boss;
const now = () => Math.floor(Date.now() / 1000);
const claimsOf = (more = {}) => ({ iss: app.id, sub: app.id, aud: `${base}/oauth2/v1/token`, iat: now(), exp: now() + 300, jti: randomUUID(), ...more });
const jws = (claims, { key = rsa.privateKey, head = { alg: 'RS256', kid: 'k1' }, how = (text) => createSign('sha256').update(text).sign(key) } = {}) => {
  const text = `${b64(head)}.${b64(claims)}`;
  return `${text}.${how(text).toString('base64url')}`;
};
const post = (path, fields, headers = {}) => anyone.raw('POST', path, { body: new URLSearchParams(fields).toString(), type: FORM, headers });
const ask = (assertion, scope, more = {}) => post('/oauth2/v1/token', { grant_type: 'client_credentials', client_assertion_type: TYPE, client_assertion: assertion, ...(scope ? { scope } : {}), ...more });
const bearer = (value) => ({ authorization: `Bearer ${value}` });
const newToken = async (scope) => { const r = await ask(jws(claimsOf()), scope); assert.equal(r.status, 200, r.text); return r.json.access_token; };
const service = (label, keys, more = {}) => admin.post('/api/v1/apps', { name: 'oidc_client', label, signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: 'private_key_jwt' } },
  settings: { oauthClient: { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'], jwks: { keys }, ...more } } });
const withSecret = (label, method) => admin.post('/api/v1/apps', { name: 'oidc_client', label, signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: method } },
  settings: { oauthClient: { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'] } } });
const grant = (id, scopeId) => admin.post(`/api/v1/apps/${id}/grants`, { scopeId, issuer: base });

before(async () => {
  s = await startReeve({ dir: mkdtempSync(join(tmpdir(), 'reeve-oauth-')), config: free });
  admin = await firstAdministrator(s);
  await enableFeatures(admin);
  boss = await apiToken(admin, 'a month ahead');
  anyone = new Client(s.url);
  base = (await admin.get(`${N}/session`)).organisation.baseUrl;
  app = await service('Reports', [jwk(rsa, { kid: 'k1', alg: 'RS256' }), jwk(small, { kid: 'small' })]);
});
after(async () => { await s?.stop(); removeDir(s); });

describe('scopes of an application', () => {
  test('an administrator grants scopes and takes them back; unknown ones, doubles and other issuers are refused', async () => {
    const g = await admin.raw('POST', `/api/v1/apps/${app.id}/grants`, { body: { scopeId: 'okta.users.read', issuer: base } });
    assert.equal(g.status, 201, g.text);
    assert.match(g.json.id, /^oag/);
    assert.deepEqual([g.json.scopeId, g.json.clientId, g.json.issuer, g.json.status, g.json.source], ['okta.users.read', app.id, base, 'ACTIVE', 'ADMIN']);
    assert.deepEqual(await admin.get(`/api/v1/apps/${app.id}/grants/${g.json.id}`), g.json);
    for (const bad of [{ scopeId: 'okta.moon.read' }, { scopeId: 'okta.users.readX' }, { scopeId: 'okta.users.read okta.groups.read' }, {}, { scopeId: 'okta.users.read' }, { scopeId: 'okta.logs.read', issuer: 'https://elsewhere.example.com' }])
      assert.equal((await admin.raw('POST', `/api/v1/apps/${app.id}/grants`, { body: bad })).status, 400, JSON.stringify(bad));
    for (const scope of ['okta.groups.manage', 'reeve.read', INVOKE]) await grant(app.id, scope);
    assert.deepEqual((await admin.get(`/api/v1/apps/${app.id}/grants`)).map((x) => x.scopeId), ['okta.groups.manage', 'okta.users.read', INVOKE, 'reeve.read']);
    const more = await grant(app.id, 'okta.logs.read');
    assert.equal((await admin.raw('DELETE', `/api/v1/apps/${app.id}/grants/${more.id}`)).status, 204);
    assert.equal((await admin.raw('GET', `/api/v1/apps/${app.id}/grants/${more.id}`)).status, 404);
    assert.equal((await anyone.raw('GET', `/api/v1/apps/${app.id}/grants`)).status, 403);
  });
});

describe('the token endpoint', () => {
  test('an assertion signed with a registered key gets a signed access token that lives an hour', async () => {
    const r = await ask(jws(claimsOf()), 'okta.users.read okta.users.read reeve.read', { client_id: app.id });
    assert.equal(r.status, 200, r.text);
    assert.match(r.headers.get('cache-control'), /no-store/);
    assert.deepEqual(Object.keys(r.json).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
    assert.deepEqual([r.json.token_type, r.json.expires_in, r.json.scope], ['Bearer', 3600, 'okta.users.read reeve.read']);
    const [head, claims] = r.json.access_token.split('.').slice(0, 2).map((p) => JSON.parse(Buffer.from(p, 'base64url')));
    assert.equal(head.alg, 'RS256');
    const keys = (await anyone.raw('GET', '/oauth2/v1/keys')).json.keys;
    assert.ok(keys.some((k) => k.kid === head.kid && k.kty === 'RSA' && k.use === 'sig' && k.alg === 'RS256' && !('d' in k)));
    assert.match(claims.jti, /^AT\./);
    assert.deepEqual([claims.ver, claims.iss, claims.aud, claims.sub, claims.cid, claims.scp, claims.exp - claims.iat], [1, base, base, app.id, app.id, ['okta.users.read', 'reeve.read'], 3600]);
    assert.equal((await ask(jws(claimsOf({ aud: base })), 'reeve.read')).status, 200);
    const log = await admin.get('/api/v1/logs?filter=' + encodeURIComponent('eventType eq "app.oauth2.token.grant.access_token"'));
    assert.ok(log.some((e) => e.actor.id === app.id && e.outcome.result === 'SUCCESS'));
    assert.ok(!JSON.stringify(log).includes(r.json.access_token) && !s.stderr.includes(r.json.access_token));
    token = r.json.access_token;
  });

  test('keys of EC and signatures by PSS are taken; a key that names another algorithm is not', async () => {
    const keep = app, ec = pair('ec', { namedCurve: 'P-384' }), ec5 = pair('ec', { namedCurve: 'P-521' });
    app = await service('Curves', [jwk(ec, { kid: 'e1' }), jwk(ec5, { kid: 'e5' }), jwk(rsa, { kid: 'p1' }), jwk(other, { kid: 'r1', alg: 'RS256' })]);
    await grant(app.id, 'reeve.read');
    const raw = (key, hash) => (text) => sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    const pss = (key) => (text) => sign('sha256', Buffer.from(text), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    const tries = [[{ alg: 'ES384', kid: 'e1' }, raw(ec.privateKey, 'sha384'), 200], [{ alg: 'ES512', kid: 'e5' }, raw(ec5.privateKey, 'sha512'), 200], [{ alg: 'PS256', kid: 'p1' }, pss(rsa.privateKey), 200],
      [{ alg: 'ES256', kid: 'e1' }, raw(ec.privateKey, 'sha256'), 401], [{ alg: 'PS256', kid: 'r1' }, pss(other.privateKey), 401], [{ alg: 'ES384', kid: 'p1' }, raw(ec.privateKey, 'sha384'), 401], [{ alg: 'ES384' }, raw(ec.privateKey, 'sha384'), 401]];
    for (const [head, how, status] of tries) assert.equal((await ask(jws(claimsOf(), { head, how }), 'reeve.read')).status, status, JSON.stringify(head));
    app = keep;
  });

  test('what is wrong with an assertion is 401 invalid_client with a sentence, and nothing is given', async () => {
    const hs = (secret) => (text) => createHmac('sha256', secret).update(text).digest();
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    const good = jws(claimsOf());
    const cases = {
      'alg none': jws(claimsOf(), { head: { alg: 'none', kid: 'k1' }, how: () => Buffer.alloc(0) }), 'alg none with a signature': jws(claimsOf(), { head: { alg: 'none', kid: 'k1' } }),
      'alg None': jws(claimsOf(), { head: { alg: 'None', kid: 'k1' } }), 'no alg': jws(claimsOf(), { head: { kid: 'k1' } }),
      'HS256 under the public key': jws(claimsOf(), { head: { alg: 'HS256', kid: 'k1' }, how: hs(pem) }), 'HS256 under the client id': jws(claimsOf(), { head: { alg: 'HS256', kid: 'k1' }, how: hs(app.id) }),
      'another key': jws(claimsOf(), { key: other.privateKey }), 'a key nobody registered': jws(claimsOf(), { key: other.privateKey, head: { alg: 'RS256', kid: 'zz' } }),
      'a key in the header': jws(claimsOf(), { key: other.privateKey, head: { alg: 'RS256', jwk: jwk(other) } }), 'the address of keys': jws(claimsOf(), { key: other.privateKey, head: { alg: 'RS256', kid: 'k1', jku: `${s.url}/x` } }),
      'a key of 1024 bits': jws(claimsOf(), { key: small.privateKey, head: { alg: 'RS256', kid: 'small' } }), crit: jws(claimsOf(), { head: { alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 } }), zip: jws(claimsOf(), { head: { alg: 'RS256', kid: 'k1', zip: 'DEF' } }),
      'RS512 of a key for RS256': jws(claimsOf(), { head: { alg: 'RS512', kid: 'k1' }, how: (t) => createSign('sha512').update(t).sign(rsa.privateKey) }),
      expired: jws(claimsOf({ exp: now() - 1 })), 'expires in two hours': jws(claimsOf({ exp: now() + 7200 })), 'no exp': jws(claimsOf({ exp: undefined })), 'exp is a text': jws(claimsOf({ exp: String(now() + 60) })),
      'not yet valid': jws(claimsOf({ nbf: now() + 600 })), 'made in the future': jws(claimsOf({ iat: now() + 600 })),
      'another audience': jws(claimsOf({ aud: 'https://elsewhere.example.com/oauth2/v1/token' })), 'no audience': jws(claimsOf({ aud: undefined })), 'a list of audiences': jws(claimsOf({ aud: [base] })), 'the audience with a slash': jws(claimsOf({ aud: `${base}/` })),
      'another issuer': jws(claimsOf({ iss: '0oaother' })), 'another subject': jws(claimsOf({ sub: '0oaother' })), 'no jti': jws(claimsOf({ jti: undefined })), 'an empty jti': jws(claimsOf({ jti: '' })),
      'claims that were changed': good.split('.').with(1, b64(claimsOf({ jti: 'changed' }))).join('.'), 'no signature': good.split('.').slice(0, 2).join('.') + '.', 'two parts': good.split('.').slice(0, 2).join('.'), 'five parts': `${good}.a.b`, 'padding': `${good}=`,
      'nonsense': 'nonsense', 'more than 8 KiB': jws(claimsOf({ more: 'x'.repeat(9000) })), 'an access token': token,
    };
    for (const [name, assertion] of Object.entries(cases)) {
      const r = await ask(assertion, 'reeve.read');
      assert.equal(r.status, 401, `${name}: ${r.text}`);
      assert.equal(r.json.error, 'invalid_client', name);
      assert.ok(r.json.error_description.length > 10, name);
      assert.ok(r.headers.get('www-authenticate'), name);
    }
    assert.equal((await ask(good, 'reeve.read', { client_assertion_type: 'urn:x' })).status, 401);
    assert.equal((await ask(good, 'reeve.read', { client_id: '0oaother' })).status, 401);
    const two = await ask(good, 'reeve.read', { client_secret: 'x'.repeat(20) });
    assert.deepEqual([two.status, two.json.error], [400, 'invalid_request']);
    assert.equal((await ask(good, 'reeve.read')).status, 200); // none of it used the assertion up
  });

  test('an assertion counts once, also when it comes many times at once', async () => {
    const assertion = jws(claimsOf());
    const all = await Promise.all(Array.from({ length: 8 }, () => ask(assertion, 'reeve.read')));
    assert.deepEqual(all.map((r) => r.status).sort(), [200, ...Array(7).fill(401)]);
    assert.match(all.find((r) => r.status === 401).json.error_description, /used before/);
    const same = 'the-same-jti';
    assert.equal((await ask(jws(claimsOf({ jti: same })), 'reeve.read')).status, 200);
    assert.equal((await ask(jws(claimsOf({ jti: same })), 'reeve.read')).status, 401); // another assertion with its jti
  });

  test('scopes, grant types and forms that are not right are refused as RFC 6749 names it', async () => {
    const is = async (r, status, error) => { const x = await r; assert.deepEqual([x.status, x.json?.error], [status, error], x.text); };
    await is(ask(jws(claimsOf()), 'okta.moon.read'), 400, 'invalid_scope');
    await is(ask(jws(claimsOf()), 'okta.logs.read'), 400, 'invalid_scope'); // known, not granted
    await is(ask(jws(claimsOf()), 'okta.users.read okta.users.manage'), 400, 'invalid_scope');
    await is(ask(jws(claimsOf())), 400, 'invalid_scope');
    assert.equal((await ask(jws(claimsOf()), 'okta.groups.read')).status, 200); // manage implies read
    await is(ask(jws(claimsOf()), 'reeve.read', { grant_type: 'password' }), 400, 'unsupported_grant_type');
    await is(post('/oauth2/v1/token', { scope: 'x' }), 400, 'invalid_request');
    await is(anyone.raw('POST', '/oauth2/v1/token', { body: { grant_type: 'client_credentials' } }), 400, 'invalid_request');
    await is(anyone.raw('POST', '/oauth2/v1/token', { body: 'grant_type=client_credentials&grant_type=client_credentials', type: FORM }), 400, 'invalid_request');
    await is(post('/oauth2/v1/token', { grant_type: 'client_credentials', scope: 'reeve.read' }), 401, 'invalid_client');
    await is(post('/oauth2/v1/token', { grant_type: 'client_credentials', scope: 'reeve.read', client_id: app.id, client_secret: 'x'.repeat(20) }), 401, 'invalid_client');
    assert.equal((await anyone.raw('GET', '/oauth2/v1/token')).status, 405);
  });

  test('metadata names what works and nothing else', async () => {
    const m = (await anyone.raw('GET', '/.well-known/oauth-authorization-server')).json;
    assert.deepEqual([m.issuer, m.token_endpoint, m.jwks_uri, m.grant_types_supported], [base, `${base}/oauth2/v1/token`, `${base}/oauth2/v1/keys`, ['client_credentials']]);
    assert.ok(!m.token_endpoint_auth_signing_alg_values_supported.some((a) => a === 'none' || a.startsWith('HS')));
    assert.ok(!('authorization_endpoint' in m));
  });
});

describe('client secrets', () => {
  test('a secret is shown once, proves a client for introspection, and is changed without a gap; API scopes need a key', async () => {
    const client = await withSecret('Gateway', 'client_secret_basic'), first = client.credentials.oauthClient.client_secret;
    const path = `/api/v1/apps/${client.id}/credentials/secrets`;
    const basic = (secret, id = client.id) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
    const looks = (secret, id) => post('/oauth2/v1/introspect', { token }, basic(secret, id));
    assert.deepEqual([(await looks(first)).status, (await looks(first)).json], [200, { active: false }]); // of another client's token it tells nothing
    for (const wrong of ['wrong', first.slice(1), `${first}x`, first.toUpperCase(), '']) assert.equal((await looks(wrong)).status, 401, wrong);
    assert.equal((await looks(first, app.id)).status, 401);
    assert.equal((await post('/oauth2/v1/introspect', { token, client_id: client.id, client_secret: first })).status, 401); // registered for the header
    for (const header of ['Basic', 'Basic !!', 'Basic YQ==', `Bearer ${token}`]) assert.equal((await post('/oauth2/v1/introspect', { token }, { authorization: header })).status, 401, header);
    const no = await post('/oauth2/v1/token', { grant_type: 'client_credentials', scope: 'reeve.read' }, basic(first));
    assert.deepEqual([no.status, no.json.error], [401, 'invalid_client']);
    assert.match(no.json.error_description, /private_key_jwt/);
    const [old] = await admin.get(path);
    assert.ok(old.secret_hash && !('client_secret' in old) && !JSON.stringify(await admin.get(`/api/v1/apps/${client.id}`)).includes(first));
    const made = await admin.raw('POST', path, { body: {} });
    assert.equal(made.status, 201, made.text);
    const second = made.json.client_secret;
    assert.ok(second.length >= 43 && second !== first);
    assert.ok(!('client_secret' in (await admin.get(`${path}/${made.json.id}`))));
    assert.equal((await admin.raw('POST', path, { body: {} })).status, 400); // at most two
    assert.deepEqual([(await looks(first)).status, (await looks(second)).status], [200, 200]);
    assert.equal((await admin.raw('DELETE', `${path}/${old.id}`)).status, 400); // active
    assert.equal((await admin.post(`${path}/${old.id}/lifecycle/deactivate`)).status, 'INACTIVE');
    assert.deepEqual([(await looks(first)).status, (await looks(second)).status], [401, 200]);
    assert.equal((await admin.raw('DELETE', `${path}/${old.id}`)).status, 204);
    assert.ok(!s.stderr.includes(first) && !s.stderr.includes(second));
    const byPost = await withSecret('Old gateway', 'client_secret_post'), secret = byPost.credentials.oauthClient.client_secret;
    assert.equal((await post('/oauth2/v1/introspect', { token, client_id: byPost.id, client_secret: secret })).status, 200);
    assert.equal((await looks(secret, byPost.id)).status, 401);
  });
});

describe('calls with a token', () => {
  test('a token opens what its scopes name and its roles allow; a missing scope is 403 insufficient_scope', async () => {
    const get = (path, t = token) => anyone.raw('GET', path, { headers: bearer(t) });
    assert.deepEqual((await get('/api/v1/users')).json, []); // the scope is there, no role is
    await admin.post(`/oauth2/v1/clients/${app.id}/roles`, { type: 'READ_ONLY_ADMIN' }, [200, 201]);
    assert.ok((await get('/api/v1/users')).json.length > 0);
    for (const path of ['/api/v1/groups', '/api/v1/apps', '/api/v1/logs']) {
      const r = await get(path);
      assert.equal(r.status, 403, path);
      assert.equal(r.json.errorCode, 'E0000006');
      assert.match(r.headers.get('www-authenticate'), /error="insufficient_scope"/);
    }
    const write = await anyone.raw('POST', `${N}/folders`, { headers: bearer(token), body: { name: 'x' } }); // reeve.read only
    assert.match([write.status, write.headers.get('www-authenticate')].join(' '), /^403 .*scope="reeve\.manage".*insufficient_scope/);
    assert.equal((await get(`${N}/flows`)).status, 200); // reeve.read
    const manage = await newToken('okta.groups.manage');
    assert.equal((await get('/api/v1/groups', manage)).status, 200); // manage implies read
    assert.equal((await anyone.raw('POST', '/api/v1/groups', { headers: bearer(manage), body: { profile: { name: 'Made by an app' } } })).status, 403); // the role does not
  });

  test('what is no token of this server is 401, whatever it says', async () => {
    const [head, claims, signature] = token.split('.'), of = (part) => JSON.parse(Buffer.from(part, 'base64url'));
    const forged = (h, c, key = rsa.privateKey) => jws({ ...of(claims), ...c }, { head: { ...of(head), ...h }, key });
    const cases = [
      'nonsense', '', `${head}.${claims}.`, `${head}.${claims}.${signature.slice(0, -4)}AAAA`, `${head}.${b64({ ...of(claims), scp: ['okta.users.manage'] })}.${signature}`,
      forged({}, {}), forged({ alg: 'none' }, {}), `${b64({ alg: 'none' })}.${claims}.`, forged({ jwk: jwk(rsa) }, {}), forged({ kid: 'k1' }, {}), forged({}, { jti: 'AT.other' }),
      `${b64({ alg: 'HS256', kid: of(head).kid })}.${claims}.${createHmac('sha256', 'x').update(`${head}.${claims}`).digest('base64url')}`, jws(claimsOf()),
    ];
    for (const t of cases) {
      const r = await anyone.raw('GET', '/api/v1/users', { headers: bearer(t) });
      assert.equal(r.status, 401, t);
      assert.equal(r.json.errorCode, 'E0000011');
      assert.ok(r.headers.get('www-authenticate'));
    }
    assert.equal((await anyone.raw('GET', '/api/v1/users', { headers: bearer(token) })).status, 200);
  });

  test('revoking a token, a grant, or the application counts at the next call', async () => {
    const users = async (t) => (await anyone.raw('GET', '/api/v1/users', { headers: bearer(t) })).status;
    const mine = () => ({ client_assertion_type: TYPE, client_assertion: jws(claimsOf()) });
    const one = await newToken('okta.users.read'), two = await newToken('okta.users.read');
    assert.equal((await post('/oauth2/v1/introspect', { ...mine(), token: one })).json.active, true);
    assert.equal((await post('/oauth2/v1/revoke', { token: one })).status, 401); // nobody's word
    assert.equal(await users(one), 200);
    assert.equal((await post('/oauth2/v1/revoke', { ...mine(), token: one })).status, 200);
    assert.equal((await post('/oauth2/v1/revoke', { ...mine(), token: one })).status, 200); // again: the same
    assert.equal((await post('/oauth2/v1/revoke', { ...mine(), token: 'nonsense' })).status, 200);
    assert.deepEqual([await users(one), await users(two)], [401, 200]);
    assert.deepEqual((await post('/oauth2/v1/introspect', { ...mine(), token: one })).json, { active: false });
    const held = (await admin.get(`/api/v1/apps/${app.id}/grants`)).find((g) => g.scopeId === 'okta.users.read');
    await admin.delete(`/api/v1/apps/${app.id}/grants/${held.id}`, 204);
    assert.equal(await users(two), 403);
    await grant(app.id, 'okta.users.read');
    assert.equal(await users(two), 200);
    await admin.post(`/api/v1/apps/${app.id}/lifecycle/deactivate`);
    assert.equal(await users(two), 401);
    assert.equal((await ask(jws(claimsOf()), 'reeve.read')).status, 401);
    await admin.post(`/api/v1/apps/${app.id}/lifecycle/activate`);
    assert.equal(await users(two), 401); // it does not come back
    token = await newToken('okta.users.read reeve.read');
  });
});

describe('a flow behind security "OAuth"', () => {
  test('WF-50: a token with the scope of an application that may run the flow starts it; without the scope 403 insufficient_scope, without the right 403, without a token 401', async () => {
    const folder = await admin.post(`${N}/folders`, { name: 'Endpoints' }), card = await cardMaker(admin);
    const flow = await admin.post(`${N}/flows`, { name: 'Behind OAuth', folderId: folder.id, cards: resolve([card('http:accept', 'start'), card('control:return', 'end', { add: [{ key: 'said' }], set: { said: 'hello' } })]) });
    const { invokeUrl } = await admin.patch(`${N}/flows/${flow.id}/endpoint`, { security: 'OAUTH' });
    await admin.post(`${N}/flows/${flow.id}/activate`);
    const call = (headers) => anyone.raw('POST', new URL(invokeUrl).pathname, { body: {}, headers });
    assert.equal((await call({})).status, 401);
    assert.equal((await call(bearer('nonsense'))).status, 401);
    const without = await call(bearer(token));
    assert.equal(without.status, 403);
    assert.match(without.headers.get('www-authenticate'), /scope="okta\.workflows\.invoke\.manage", error="insufficient_scope"/);
    const invoke = await newToken(INVOKE);
    const norole = await call(bearer(invoke));
    assert.equal(norole.status, 403);
    assert.match(norole.json.errorSummary, /okta\.workflows\.invoke/);
    assert.equal((await admin.get(`${N}/runs?flowId=${flow.id}`)).data.length, 0);
    const { role, set } = await letAccessRequestsRun(admin, [flow.id]);
    await admin.call('PATCH', `/api/v1/iam/resource-sets/${set.id}/bindings/${role.id}/members`, { additions: [`${base}/oauth2/v1/clients/${app.id}`] });
    const r = await call(bearer(invoke));
    assert.deepEqual([r.status, r.json], [200, { said: 'hello' }], r.text);
    assert.equal((await anyone.raw('GET', '/api/v1/users', { headers: bearer(invoke) })).status, 403); // and nothing else
  });
});

describe('after a restart', () => {
  test('tokens are still taken, a used assertion is still used, and the keys are the same', async () => {
    const used = jws(claimsOf()), keys = (await anyone.raw('GET', '/oauth2/v1/keys')).json;
    assert.equal((await ask(used, 'reeve.read')).status, 200);
    await s.stop();
    s = await restart(s, { config: { ...free, 'listen.port': new URL(s.url).port } }); // the issuer is the address
    anyone = new Client(s.url);
    assert.deepEqual((await anyone.raw('GET', '/oauth2/v1/keys')).json, keys);
    assert.equal((await ask(used, 'reeve.read')).status, 401);
    assert.equal((await anyone.raw('GET', '/api/v1/users', { headers: bearer(token) })).status, 200);
  });

  test('a token that is older than an hour is 401', { skip: !existsSync(faketime) && 'libfaketime is not there' }, async () => {
    await s.stop();
    s = await restart(s, { config: { ...free, 'listen.port': new URL(s.url).port }, env: { LD_PRELOAD: faketime, FAKETIME: '+61m', FAKETIME_DONT_FAKE_MONOTONIC: '1', ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' } });
    anyone = new Client(s.url);
    assert.equal((await anyone.raw('GET', '/api/v1/users', { headers: bearer(token) })).status, 401);
    const ahead = now() + 61 * 60;
    const r = await ask(jws(claimsOf({ iat: ahead, exp: ahead + 60 })), 'reeve.read');
    assert.equal(r.status, 200, r.text);
  });

  test('the signing key changes with time: both keys are in the list, the new one signs once it was to be seen there, and the old one goes at last', { skip: !existsSync(faketime) && 'libfaketime is not there' }, async () => {
    const at = async (hours) => {
      await s.stop();
      s = await restart(s, { config: { ...free, 'listen.port': new URL(s.url).port, 'oauth.key_life': '10d' }, env: { LD_PRELOAD: faketime, FAKETIME: `+${hours}h`, FAKETIME_DONT_FAKE_MONOTONIC: '1', ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' } });
      anyone = new Client(s.url);
      const ahead = now() + hours * 3600;
      const r = await ask(jws(claimsOf({ iat: ahead, exp: ahead + 60 })), 'okta.users.read');
      assert.equal(r.status, 200, r.text);
      const users = (await anyone.raw('GET', '/api/v1/users', { headers: bearer(r.json.access_token) })).status;
      return [JSON.parse(Buffer.from(r.json.access_token.split('.')[0], 'base64url')).kid, (await anyone.raw('GET', '/oauth2/v1/keys')).json.keys.map((k) => k.kid), users];
    };
    const day = 24, [first, before] = await at(9 * day);
    assert.deepEqual(before, [first], 'young enough');
    const [still, both, read] = await at(10 * day + 1);
    assert.deepEqual([still, both.length, both[1], read], [first, 2, first, 200]);
    const [second, kept] = await at(10 * day + 3);
    assert.deepEqual([second, kept], [both[0], both], 'the new key signs, the one before is still to be had');
    assert.equal((await at(19 * day))[0], second);
    const [, third] = await at(20 * day + 4);
    const told = (await anyone.raw('GET', `/api/v1/logs?limit=100&since=2020-01-01T00:00:00.000Z&filter=${encodeURIComponent('eventType eq "app.oauth2.key.rollover"')}`, { headers: { authorization: `SSWS ${boss}` } })).json;
    assert.deepEqual(told.map((e) => [e.actor.type, e.target[0].id]).sort(), [first, second, third[0]].map((id) => ['SystemPrincipal', id]).sort());
    assert.deepEqual([third.length, third[1], third.includes(first)], [2, second, false]);
  });
});
