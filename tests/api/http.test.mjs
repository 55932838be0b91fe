// What every route has in common: errors, media types, forgery, idempotency keys, lists, rate limits, headers.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { startReeve, firstAdministrator, apiToken, addPerson, signIn, Client } from '../lib/reeve.mjs';

const N = '/reeve/api/v1';
let s, admin, token;
before(async () => {
  s = await startReeve({ config: { 'rate.api': 0 } });
  admin = await firstAdministrator(s);
  token = new Client(s.url, { token: await apiToken(admin) });
});
after(() => s?.stop());

/** A path exactly as given: fetch would normalise it. */
const exact = (path, { method = 'GET', headers = {}, body } = {}) => new Promise((resolve, reject) => {
  const u = new URL(s.url);
  const r = request({ host: u.hostname, port: u.port, path, method, headers: { authorization: `SSWS ${token.token}`, ...headers } }, (res) => {
    let text = '';
    res.on('data', (d) => { text += d; });
    res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text, json: /json/.test(res.headers['content-type'] ?? '') ? JSON.parse(text) : null }));
  });
  r.on('error', reject);
  r.end(body);
});
const five = ['errorCode', 'errorSummary', 'errorLink', 'errorId', 'errorCauses'];

describe('errors', () => {
  test('a native error has the five keys, and its causes say where, why and whose', async () => {
    const r = await token.raw('POST', `${N}/folders`, { body: { name: '', colour: 1 } });
    assert.equal(r.status, 400);
    assert.deepEqual(Object.keys(r.json), five);
    assert.equal(r.json.errorCode, 'E0000001');
    assert.match(r.json.errorId, /^oae[A-Za-z0-9_-]{22}$/);
    const byPlace = Object.fromEntries(r.json.errorCauses.map((c) => [c.location, c]));
    assert.equal(byPlace['/name'].domain, 'reeve');
    assert.equal(byPlace['/name'].locationType, 'body');
    assert.equal(byPlace['/colour'].reason, 'UNKNOWN_PROPERTY');
    assert.equal((await token.get(`${N}/folders`)).data.length, 0);
  });
  test('a compatible error has the five keys and the known summaries', async () => {
    const r = await new Client(s.url).raw('GET', '/api/v1/users');
    assert.equal(r.status, 403);
    assert.deepEqual(Object.keys(r.json), five);
    assert.equal(r.json.errorCode, 'E0000005');
    assert.equal(r.json.errorSummary, 'Invalid session');
    assert.equal(r.json.errorLink, 'E0000005');
    assert.deepEqual(r.json.errorCauses, []);
  });
  test('a governance error has an id of 32 hexadecimal digits', async () => {
    const r = await token.raw('GET', '/governance/api/v9/nothing');
    assert.equal(r.status, 404);
    assert.match(r.json.errorId, /^[0-9a-f]{32}$/);
  });
  test('a wrong token is 401 with WWW-Authenticate, no credentials are 403 E0000005', async () => {
    const bad = await new Client(s.url, { token: '00'.padEnd(42, 'x') }).raw('GET', `${N}/session`);
    assert.equal(bad.status, 401);
    assert.equal(bad.json.errorCode, 'E0000011');
    assert.ok(bad.headers.get('www-authenticate'));
    assert.equal((await new Client(s.url).raw('GET', `${N}/session`)).status, 403);
  });
  test('a compatible path that could not answer in JSON is 406 E0000122', async () => {
    const ask = (accept) => token.raw('GET', '/api/v1/users', { headers: { accept } });
    const r = await ask('text/html, application/xml;q=0.9');
    assert.equal(r.status, 406);
    assert.equal(r.json.errorCode, 'E0000122');
    for (const good of ['*/*', 'application/json', 'application/json; okta-version=1', 'text/html, application/*;q=0.1', 'application/scim+json']) assert.equal((await ask(good)).status, 200, good);
  });
  test('an unknown path is 404 E0000008, a known path with another method 405 with Allow', async () => {
    const none = await token.raw('GET', `${N}/nowhere`);
    assert.equal(none.status, 404);
    assert.equal(none.json.errorCode, 'E0000008');
    const wrong = await token.raw('PUT', `${N}/folders`, { body: {} });
    assert.equal(wrong.status, 405);
    assert.equal(wrong.json.errorCode, 'E0000022');
    assert.equal(wrong.headers.get('allow'), 'GET, POST');
  });
  test('an unknown address of a page gets a page without script', async () => {
    const r = await new Client(s.url).raw('GET', '/no/such/page');
    assert.equal(r.status, 404);
    assert.match(r.headers.get('content-type'), /text\/html/);
    assert.doesNotMatch(r.text, /<script|style=/);
    assert.match(r.text, /<h1>There is nothing here<\/h1>/);
  });
  test('a page answers in German when the browser asks for German', async () => {
    const r = await new Client(s.url).raw('GET', '/no/such/page', { headers: { 'accept-language': 'de-AT,de;q=0.9,en;q=0.5' } });
    assert.match(r.text, /<html lang="de">[\s\S]*Hier ist nichts/);
  });
  test('paths with encoded separators, dots or bad encodings are refused with 400', async () => {
    for (const path of [`${N}/folders/a%2fb`, `${N}/folders/a%5Cb`, `${N}/folders/%00`, `${N}/folders/..`, `${N}/folders/%2e%2e`, `${N}/folders/%zz`, `${N}/folders/%`, `${N}/folders/%ff`])
      assert.equal((await exact(path)).status, 400, path);
    assert.equal((await exact(`${N}//folders`)).status, 404);
  });
});

describe('bodies', () => {
  const post = (body, headers = {}) => exact(`${N}/folders`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  test('a missing or other media type is 400 E0000021', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const r = await post('{"name":"x"}', { 'content-type': type });
      assert.equal(r.status, 400, type);
      assert.equal(r.json.errorCode, 'E0000021');
    }
    const none = await exact(`${N}/folders`, { method: 'POST', body: '{"name":"x"}' });
    assert.equal(none.json.errorCode, 'E0000021');
  });
  test('parameters of the media type never matter', async () => {
    const r = await post('{"name":"with parameters"}', { 'content-type': 'application/json; okta-response=omitCredentials; charset=utf-8' });
    assert.equal(r.status, 201);
  });
  test('what is not exactly JSON is 400 E0000003', async () => {
    for (const body of ['{', '{"name":"x"}x', '{"name":"x","name":"y"}', '{"name":"\\ud800"}', "{'name':'x'}", '{"name":"\\u0000"}', '[1,]', '\ufeff{"name":"x"}', '{"name":01}']) {
      const r = await post(body);
      assert.equal(r.status, 400, body);
      assert.equal(r.json.errorCode, 'E0000003', body);
    }
  });
  test('a body that is no object is 400', async () => {
    for (const body of ['[]', '"x"', '7', 'null']) assert.equal((await post(body)).status, 400, body);
  });
  test('a compressed body is 415, one over the limit 413', async () => {
    assert.equal((await post('{}', { 'content-encoding': 'gzip' })).status, 415);
    const r = await post(JSON.stringify({ name: 'x'.repeat(1 << 20) })).catch(() => ({ status: 413 }));
    assert.equal(r.status, 413);
  });
  test('a command takes no members it does not know', async () => {
    const folder = await token.post(`${N}/folders`, { name: 'commands' });
    const flow = await token.post(`${N}/flows`, { name: 'f', folderId: folder.id });
    const r = await token.raw('POST', `${N}/flows/${flow.id}/deactivate`, { body: { force: true } });
    assert.equal(r.status, 400);
    assert.match(r.text, /force/);
  });
});

describe('forgery', () => {
  const write = (headers) => fetch(`${s.url}${N}/folders`, { method: 'POST', headers: { 'content-type': 'application/json', cookie: admin.cookie, ...headers }, body: '{"name":"forged"}' });
  test('a browser session writes with its own token from its own origin only', async () => {
    assert.equal((await write({})).status, 403);
    assert.equal((await write({ origin: s.url })).status, 403);
    assert.equal((await write({ origin: s.url, 'x-reeve-csrf': 'x'.repeat(43) })).status, 403);
    assert.equal((await write({ origin: 'https://evil.example', 'x-reeve-csrf': admin.csrf })).status, 403);
    assert.equal((await write({ origin: 'null', 'x-reeve-csrf': admin.csrf })).status, 403);
    const names = (await token.get(`${N}/folders?limit=200`)).data.map((f) => f.name);
    assert.ok(!names.includes('forged'));
    assert.equal((await write({ origin: s.url, 'x-reeve-csrf': admin.csrf })).status, 201);
  });
  test('the token of one session is worth nothing in another', async () => {
    await addPerson(token, 'other@example.com', {});
    const other = await signIn(s, 'other@example.com');
    assert.equal((await write({ origin: s.url, 'x-reeve-csrf': other.csrf })).status, 403);
  });
  test('an API token needs neither', async () => {
    assert.equal((await token.raw('POST', `${N}/folders`, { body: { name: 'by token' } })).status, 201);
  });
  test('a plain form without its hidden token is refused', async () => {
    const r = await new Client(s.url).raw('POST', '/sign-in', { headers: { origin: s.url }, type: 'application/x-www-form-urlencoded', body: 'login=a&password=b' });
    assert.equal(r.status, 403);
  });
});

describe('idempotency keys', () => {
  const post = (key, body, client = token) => client.raw('POST', `${N}/folders`, { body, headers: { 'idempotency-key': key } });
  const count = async (name) => (await token.get(`${N}/folders?limit=200`)).data.filter((f) => f.name === name).length;
  test('the same key with the same body gives the first answer again and does nothing', async () => {
    const one = await post('key-1', { name: 'once' });
    const two = await post('key-1', { name: 'once' });
    assert.equal(one.status, 201);
    assert.equal(two.status, 201);
    assert.deepEqual(two.json, one.json);
    assert.equal(one.headers.get('idempotency-replayed'), null);
    assert.equal(two.headers.get('idempotency-replayed'), 'true');
    assert.equal(two.headers.get('location'), one.headers.get('location'));
    assert.equal(await count('once'), 1);
  });
  test('the same key with another body is 422', async () => {
    await post('key-2', { name: 'twice' });
    assert.equal((await post('key-2', { name: 'thrice' })).status, 422);
    assert.equal(await count('thrice'), 0);
  });
  test('a refusal is not kept: the key is free for the next try', async () => {
    assert.equal((await post('key-3', { name: '' })).status, 400);
    assert.equal((await post('key-3', { name: 'second try' })).status, 201);
  });
  test('keys of other people and other paths are other keys', async () => {
    await post('key-4', { name: 'mine' });
    assert.equal((await token.raw('POST', `${N}/connections`, { body: { name: 'mine', connector: 'okta' }, headers: { 'idempotency-key': 'key-4' } })).status, 201);
  });
  test('many calls with one key at the same time do the thing once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => post('key-5', { name: 'at once' })));
    assert.deepEqual([...new Set(all.map((r) => r.status))].filter((x) => x !== 201 && x !== 409), []);
    assert.ok(all.some((r) => r.status === 201));
    assert.equal(await count('at once'), 1);
  });
  test('a key that is too long or not visible ASCII is 400', async () => {
    assert.equal((await post('k'.repeat(129), { name: 'k' })).status, 400);
    assert.equal((await post('a b', { name: 'k' })).status, 400);
    assert.equal(await count('k'), 0);
  });
  test('an answer with a secret is not readable in the database', async () => {
    const r = await token.raw('POST', `${N}/api-tokens`, { body: { name: 'kept' }, headers: { 'idempotency-key': 'key-6' } });
    assert.ok(r.status === 201 || r.status === 200, r.text);
    const again = await token.raw('POST', `${N}/api-tokens`, { body: { name: 'kept' }, headers: { 'idempotency-key': 'key-6' } });
    const { readFileSync } = await import('node:fs');
    const bytes = ['reeve.db', 'reeve.db-wal'].map((f) => { try { return readFileSync(`${s.dir}/data/${f}`, 'latin1'); } catch { return ''; } }).join('');
    assert.ok(bytes.length > 10000);
    assert.ok(!bytes.includes(r.json.token));
    if (again.headers.get('idempotency-replayed')) assert.equal(again.json.token, r.json.token);
  });
});

describe('lists', () => {
  before(async () => { for (let i = 0; i < 5; i++) await token.post(`${N}/folders`, { name: `page ${i}` }); });
  test('pages follow one another by next, without a gap and without a repeat', async () => {
    const all = (await token.get(`${N}/folders?q=page&limit=200`)).data.map((f) => f.id);
    assert.equal(all.length, 5);
    const seen = [];
    for (let url = `${N}/folders?q=page&limit=2`; url;) {
      const r = await token.raw('GET', url);
      seen.push(...r.json.data.map((f) => f.id));
      assert.ok(r.json.data.length <= 2);
      const next = r.json._links.next?.href;
      const link = r.headers.get('link');
      assert.match(link, /rel="self"/);
      assert.equal(/<([^>]+)>; rel="next"/.exec(link)?.[1], next);
      url = next?.slice(s.url.length);
    }
    assert.deepEqual(seen, all);
  });
  test('links echo the query, form-encoded', async () => {
    const r = await token.raw('GET', `${N}/folders?q=${encodeURIComponent('page 1 & ü')}&limit=1`);
    assert.equal(r.json._links.self.href, `${s.url}${N}/folders?q=page+1+%26+%C3%BC&limit=1`);
  });
  test('a cursor that was changed, made up, or made for another list is 400 E0000029', async () => {
    const next = new URL((await token.get(`${N}/folders?q=page&limit=2`))._links.next.href).searchParams.get('after');
    const changed = next.slice(0, -2) + (next.endsWith('A') ? 'BB' : 'AA');
    for (const [list, after] of [['folders', 'x'], ['folders', changed], ['folders', ''], ['flows', next], ['folders', `${next}x`]]) {
      const r = await token.raw('GET', `${N}/${list}?after=${encodeURIComponent(after)}`);
      assert.equal(r.status, 400, `${list} ${after}`);
      assert.equal(r.json.errorCode, 'E0000029');
    }
  });
  test('limit is 1 to 200', async () => {
    for (const limit of ['0', '201', '-1', 'x', '1.5', '', '99999999999999999999']) assert.equal((await token.raw('GET', `${N}/folders?limit=${limit}`)).status, 400, limit);
    assert.equal((await token.raw('GET', `${N}/folders?limit=200`)).status, 200);
    const r = await token.raw('GET', `${N}/folders?limit=0`);
    assert.match(r.json.errorCauses[0].errorSummary, /limit must be 1 to 200/);
  });
});

describe('headers', () => {
  test('no answer may be guessed at, framed, or cached when it has data', async () => {
    const r = await token.raw('GET', `${N}/session`);
    assert.equal(r.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(r.headers.get('cache-control'), 'no-store');
    assert.match(r.headers.get('x-okta-request-id'), /^[\w-]{20,40}$/);
    const page = await new Client(s.url).raw('GET', '/sign-in');
    const csp = page.headers.get('content-security-policy');
    for (const part of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(csp.includes(part), part);
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(page.headers.get('cross-origin-opener-policy'), 'same-origin');
  });
  test('an export is a file to save, never a page', async () => {
    const folder = (await token.get(`${N}/folders?limit=1`)).data[0];
    const flow = await token.post(`${N}/flows`, { name: 'Exported "ü" <flow>', folderId: folder.id });
    const r = await token.raw('GET', `${N}/flows/${flow.id}/export`);
    assert.equal(r.status, 200);
    assert.match(r.headers.get('content-disposition'), /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%-]+$/);
    assert.equal(r.headers.get('content-security-policy'), 'sandbox');
    assert.equal(r.json.type, 'flopack');
  });
  test('the OpenAPI document is served and names every operation once', async () => {
    const doc = await token.get(`${N}/openapi.json`);
    const ids = Object.values(doc.paths).flatMap((p) => Object.values(p).map((o) => o.operationId));
    assert.ok(ids.length > 60);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(doc.paths[`${N}/delegated-flows/{flowId}/invoke`].post.requestBody.content['application/json'].schema.properties.inputs);
  });
});

describe('watching', () => {
  test('the server says that it lives and is ready, and counts for this machine', async () => {
    const c = new Client(s.url);
    assert.equal((await c.raw('GET', '/livez')).status, 200);
    assert.equal((await c.raw('GET', '/readyz')).status, 200);
    const m = await c.raw('GET', '/metrics');
    assert.equal(m.status, 200);
    assert.match(m.text, /reeve_http_answers_total\{status="2xx"\} \d+/);
    assert.match(m.text, /reeve_store_flushes_total \d+/);
    assert.match((await c.raw('GET', '/status')).text, /Reeve is running/);
  });
});

test('over the limit of calls a minute, a principal is told when to come back, and others are not held up', async () => {
  const small = await startReeve({ config: { 'rate.api': 8 } });
  try {
    const a = await firstAdministrator(small);
    let last;
    for (let i = 0; i < 12 && last?.status !== 429; i++) last = await a.raw('GET', `${N}/folders`);
    assert.equal(last.status, 429);
    assert.equal(last.json.errorCode, 'E0000047');
    assert.equal(last.headers.get('x-rate-limit-limit'), '8');
    assert.equal(last.headers.get('x-rate-limit-remaining'), '0');
    const reset = Number(last.headers.get('x-rate-limit-reset'));
    assert.equal(reset % 60, 0);
    assert.ok(Number(last.headers.get('retry-after')) >= 0);
    assert.ok(last.headers.get('date'));
    assert.equal((await a.raw('GET', `${N}/flows`)).status, 200, 'another family has its own count');
  } finally {
    await small.stop();
  }
});
