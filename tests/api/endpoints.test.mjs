// Flows that HTTP callers start, what they may send and get back, and runs that pause until somebody resumes them.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reeve, startReeve, firstAdministrator, restart, signIn, addPerson, until, adminPassword, removeDir, Client } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1';
const path = (url) => new URL(url.replace('{executionId}', 'RUN')).pathname;

/** A flow that is on, with its address; raw() calls it without any session. */
const makeFlow = async (s, admin, folderId, name, cards, security = 'NONE') => {
  const flow = await admin.post(`${N}/flows`, { name, folderId, cards: resolve(cards) });
  let endpoint = await admin.get(`${N}/flows/${flow.id}/endpoint`, [200, 404]);
  if (endpoint.security) endpoint = await admin.patch(`${N}/flows/${flow.id}/endpoint`, { security });
  await admin.post(`${N}/flows/${flow.id}/activate`, {});
  return { id: flow.id, ...endpoint, path: endpoint.invokeUrl ? path(endpoint.invokeUrl) : null };
};
const runsOf = async (admin, flow) => (await admin.get(`${N}/runs?flowId=${flow.id}&limit=200`)).data;
const runEnded = (admin, id) => until(async () => { const r = await admin.get(`${N}/runs/${id}`); return r.endedAt ? r : null; }, 'the run to end');
const outputs = async (admin, runId, cardId) => {
  const h = await admin.get(`${N}/runs/${runId}/cards`);
  const card = h.cards.find((c) => c.id === cardId), data = h.data.find((d) => d.cardId === cardId);
  return Object.fromEntries(card.outputs.map((p) => [`${p.group ? `${p.group}.` : ''}${p.key}`, data.outputs[p.id]]));
};

describe('API endpoint flows', () => {
  let s, admin, folder, card, anyone;
  const field = (group, key) => ({ group, key, id: `o_${group}_${key}`.replaceAll(/[^A-Za-z0-9_]/g, '_') });
  const accept = (...fields) => { const c = card('http:accept', 'start'); c.outputs.push(...fields.map(([g, k]) => ({ label: k, type: 'text', ...field(g, k) }))); return c; };
  const echo = (links) => card('control:return', 'end', { add: Object.keys(links).map((key) => ({ key })), link: links });
  before(async () => {
    s = await startReeve({ config: { 'endpoint.timeout': '2s' } });
    admin = await firstAdministrator(s);
    folder = await admin.post(`${N}/folders`, { name: 'Endpoints' });
    card = await cardMaker(admin);
    anyone = new Client(s.url);
  });
  after(() => s?.stop());
  const make = (name, cards, security) => makeFlow(s, admin, folder.id, name, cards, security);

  test('WF-48, WF-51: an endpoint with security "none" answers GET and POST without credentials and refuses other methods with 405', async () => {
    const flow = await make('Hello', [accept(['query', 'name']), echo({ hello: 'start.o_query_name' })]);
    for (const p of [flow.path, flow.path.replace('/invoke', '')]) {
      assert.deepEqual((await anyone.raw('GET', `${p}?name=Ada%20L`)).json, { hello: 'Ada L' });
      assert.deepEqual((await anyone.raw('POST', `${p}?name=Bo`)).json, { hello: 'Bo' });
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
        const r = await fetch(s.url + p, { method });
        assert.equal(r.status, 405, method);
        assert.match(r.headers.get('allow'), /GET, POST/);
      }
    }
    assert.equal((await runsOf(admin, flow)).length, 4);
    assert.equal((await anyone.raw('GET', `/api/flo/${'0'.repeat(32)}/invoke`)).status, 404);
  });

  test('WF-49: with security "client token" only the token of the address starts the flow, in the query or in a header, and it is nowhere to be read afterwards', async () => {
    const flow = await make('Token', [accept(['query', 'x'], ['headers', 'x-api-client-token']), echo({ x: 'start.o_query_x', t: 'start.o_headers_x_api_client_token', q: 'start.query' })], 'CLIENT_TOKEN');
    const other = await make('Other token', [accept(), echo({})], 'CLIENT_TOKEN');
    assert.equal(flow.hasToken, false);
    assert.equal((await anyone.raw('GET', flow.path)).status, 401); // no token was made yet
    const { clientToken } = await admin.post(`${N}/flows/${flow.id}/endpoint/token`);
    const { clientToken: foreign } = await admin.post(`${N}/flows/${other.id}/endpoint/token`);
    assert.match(clientToken, /^[0-9a-f]{64}$/);
    for (const wrong of [undefined, '', 'x', clientToken.slice(1), `${clientToken}0`, clientToken.toUpperCase(), foreign]) {
      const headers = wrong === undefined ? {} : { 'x-api-client-token': wrong };
      for (const r of [await anyone.raw('GET', flow.path, { headers }), await anyone.raw('POST', `${flow.path}${wrong === undefined ? '' : `?clientToken=${wrong}`}`)]) {
        assert.equal(r.status, 401, String(wrong));
        assert.ok(r.headers.get('www-authenticate'));
      }
    }
    assert.equal((await admin.raw('POST', flow.path)).status, 401); // a session is no credential here
    assert.equal((await runsOf(admin, flow)).length, 0);
    const byQuery = await anyone.raw('GET', `${flow.path}?x=1&clientToken=${clientToken}&y=2`);
    assert.deepEqual([byQuery.status, byQuery.json], [200, { x: '1', t: null, q: 'x=1&y=2' }]);
    const byHeader = await anyone.raw('POST', `${flow.path}?x=3`, { headers: { 'X-API-Client-Token': clientToken, authorization: 'Basic c2VjcmV0', cookie: 'a=b' } });
    assert.deepEqual(byHeader.json, { x: '3', t: null, q: 'x=3' });
    const raw = (await outputs(admin, byHeader.headers.get('x-reeve-run-id'), 'start'))['raw.headers'];
    assert.ok(raw.host && !raw.authorization && !raw.cookie && !raw['x-api-client-token']);
    for (const r of await runsOf(admin, flow)) assert.ok(!JSON.stringify(await admin.get(`${N}/runs/${r.id}/cards`)).includes(clientToken));
    assert.ok(!JSON.stringify(await admin.get(`${N}/flows/${flow.id}/endpoint`)).includes(clientToken));
    assert.ok(!s.stderr.includes(clientToken));
    const { clientToken: second } = await admin.post(`${N}/flows/${flow.id}/endpoint/token`);
    assert.equal((await anyone.raw('GET', flow.path, { headers: { 'x-api-client-token': clientToken } })).status, 401);
    assert.equal((await anyone.raw('GET', flow.path, { headers: { 'x-api-client-token': second } })).status, 200);
  });

  test('WF-50: with security "OAuth" a token without scope okta.workflows.invoke.manage gets 403, and no or a wrong token 401', async () => {
    const flow = await make('OAuth', [accept(), echo({})], 'OAUTH');
    const { token } = await admin.post(`${N}/api-tokens`, { name: 'No scopes' });
    assert.equal((await anyone.raw('GET', flow.path)).status, 401);
    assert.equal((await anyone.raw('GET', flow.path, { headers: { authorization: 'Bearer nonsense' } })).status, 401);
    const r = await anyone.raw('GET', flow.path, { headers: { authorization: `SSWS ${token}` } });
    assert.equal(r.status, 403);
    assert.match(r.json.errorSummary, /okta\.workflows\.invoke\.manage/);
    assert.equal((await runsOf(admin, flow)).length, 0);
  });

  test('WF-52: header, body and query values reach the fields of the same names', async () => {
    const flow = await make('Fields', [accept(['headers', 'X-Custom'], ['body', 'a b'], ['body', 'n'], ['body', 'o'], ['query', 'q'], ['query', 'none']),
      echo({ h: 'start.o_headers_X_Custom', a: 'start.o_body_a_b', n: 'start.o_body_n', o: 'start.o_body_o', q: 'start.o_query_q', none: 'start.o_query_none', raw: 'start.body', rawQuery: 'start.query' })]);
    const body = { 'a b': 'x', n: 5, o: { p: [1] }, more: true };
    const r = await anyone.raw('POST', `${flow.path}?q=1%262&q=second`, { body, headers: { 'X-CUSTOM': 'custom' } });
    assert.deepEqual(r.json, { h: 'custom', a: 'x', n: 5, o: { p: [1] }, q: '1&2', none: null, raw: JSON.stringify(body), rawQuery: 'q=1%262&q=second' });
    const form = await anyone.raw('POST', flow.path, { body: 'a+b=one%20two&n=7', type: 'application/x-www-form-urlencoded' });
    assert.deepEqual([form.json.a, form.json.n, form.json.raw], ['one two', '7', 'a+b=one%20two&n=7']);
    const text = await anyone.raw('POST', flow.path, { body: '<x/>', type: 'text/xml' });
    assert.deepEqual([text.json.a, text.json.raw], [null, '<x/>']);
    const list = await anyone.raw('POST', flow.path, { body: [1, 2] });
    assert.deepEqual([list.json.a, list.json.raw], [null, '[1,2]']);
    const before = (await runsOf(admin, flow)).length;
    for (const bad of ['{"a":', '{"a":1,"a":2}', '']) {
      const b = await anyone.raw('POST', flow.path, { body: bad, type: 'application/json' });
      assert.equal(b.status, bad === '' ? 200 : 400, bad);
    }
    const latin = await fetch(s.url + flow.path, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: Buffer.from([0x61, 0xff, 0x62]) });
    assert.equal(latin.status, 400);
    assert.equal((await anyone.raw('GET', `${flow.path}?x=%ff`)).status, 400);
    assert.equal((await runsOf(admin, flow)).length, before + 1);
  });

  test('WF-53: Return sends its fields as JSON with status 200, Return Raw what it says; without either the last card stands for them', async () => {
    const simple = await make('Return', [accept(), card('control:return', 'end', { add: [{ key: 'text' }, { key: 'n', type: 'number' }], set: { text: 'ä', n: 5 } })]);
    const r = await anyone.raw('GET', simple.path);
    assert.equal(r.status, 200);
    assert.equal(r.headers.get('content-type'), 'application/json');
    assert.deepEqual(r.json, { text: 'ä', n: 5 });
    const raw = await make('Raw', [accept(), card('control:returnRaw', 'end', { set: { statusCode: 418, headers: { 'Content-Type': 'text/xml', 'X-Mine': 'yes' }, body: '<tea/>' } }), card('control:return', 'never')]);
    const x = await anyone.raw('POST', raw.path);
    assert.deepEqual([x.status, x.headers.get('content-type'), x.headers.get('x-mine'), x.text], [418, 'text/xml', 'yes', '<tea/>']);
    const last = await make('Last', [accept(['query', 'a']), card('control:let', 'let', { add: [{ key: 'v' }], link: { v: 'start.o_query_a' } })]);
    assert.deepEqual((await anyone.raw('GET', `${last.path}?a=z`)).json, { v: 'z' });
    const stopped = await make('Stopped', [accept(), card('control:continueIf', 'c', { set: { 'left-operand': 1, operator: '==', 'right-operand': 2, message: 'not today' } })]);
    assert.deepEqual((await anyone.raw('GET', stopped.path)).json, { message: 'not today' });
  });

  test('what a flow sends cannot act as this server: cookies, CORS, security and connection headers and line breaks are left out, pages are boxed in, scripts are text', async () => {
    const headers = {
      'Set-Cookie': 'reeve=stolen', 'Content-Security-Policy': 'default-src *', 'Access-Control-Allow-Origin': '*', 'Transfer-Encoding': 'chunked', 'Content-Length': '3', Connection: 'keep-alive',
      'X-Two': 'a\r\nSet-Cookie: reeve=stolen', 'Bad Name': 'x', 'X-Content-Type-Options': 'none', 'X-Reeve-Run-Id': 'mine', 'Content-Type': 'text/html', 'X-Good': 'kept', Location: '/x',
    };
    const flow = await make('Hostile', [accept(), card('control:returnRaw', 'end', { set: { statusCode: 200, headers, body: '<script>1</script>' } })]);
    const r = await anyone.raw('GET', flow.path);
    assert.equal(r.status, 200);
    assert.deepEqual(r.headers.getSetCookie(), []);
    assert.match(r.headers.get('content-security-policy'), /^sandbox; default-src 'none'/);
    for (const [name, value] of [['access-control-allow-origin', null], ['x-two', null], ['x-content-type-options', 'nosniff'], ['x-good', 'kept'], ['location', '/x'], ['content-length', '18']]) assert.equal(r.headers.get(name), value, name);
    assert.match(r.headers.get('x-reeve-run-id'), /^[0-9a-f-]{36}$/);
    const script = await make('Script', [accept(), card('control:returnRaw', 'end', { set: { statusCode: 200, headers: { 'content-type': 'Text/JavaScript' }, body: 'alert(1)' } })]);
    assert.match((await anyone.raw('GET', script.path)).headers.get('content-type'), /^text\/plain/);
    for (const statusCode of [101, 199, 600, 0]) {
      const f = await make(`Status ${statusCode}`, [accept(), card('control:returnRaw', 'end', { set: { statusCode, body: 'x' } })]);
      assert.equal((await anyone.raw('GET', f.path)).status, 400);
    }
  });

  test('an error of the flow answers with its status code and message', async () => {
    const flow = await make('Throws', [accept(), card('control:throw', 'end', { set: { statusCode: 422, message: 'no such badge' } })]);
    const r = await anyone.raw('GET', flow.path);
    assert.deepEqual([r.status, r.json], [422, { error: { message: 'no such badge', code: 422 } }]);
    assert.equal((await admin.get(`${N}/runs/${r.headers.get('x-reeve-run-id')}`)).status, 'FAILED');
  });

  test('WF-54: Close answers the caller and the following cards still run', async () => {
    const flow = await make('Close', [accept(), card('httpfunctions:close', 'close', { set: { statusCode: 202, headers: { 'x-queued': '1' }, body: { taken: true } } }),
      card('control:wait', 'wait', { set: { delay: 3, unit: 'second' } }), card('control:let', 'late', { add: [{ key: 'v' }], set: { v: 'ran' } }), echo({})]);
    const r = await anyone.raw('POST', flow.path);
    assert.deepEqual([r.status, r.json, r.headers.get('x-queued')], [202, { taken: true }, '1']);
    const id = r.headers.get('x-reeve-run-id');
    assert.equal((await admin.get(`${N}/runs/${id}`)).endedAt, null);
    assert.equal((await runEnded(admin, id)).status, 'SUCCEEDED'); // also beyond the time that a caller waits
    assert.equal((await outputs(admin, id, 'late')).v, 'ran');
  });

  test('a wait that ends in time still answers the caller, and a caller who leaves does not stop the run', async () => {
    const flow = await make('Waits', [accept(), card('control:wait', 'wait', { set: { delay: 1, unit: 'second' } }), echo({})]);
    assert.deepEqual((await anyone.raw('GET', flow.path)).json, {});
    const socket = createConnection(Number(new URL(s.url).port), '127.0.0.1');
    await new Promise((done) => socket.on('connect', done));
    socket.write(`GET ${flow.path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(async () => (await runsOf(admin, flow)).length === 2, 'the second run');
    socket.destroy();
    const [last] = await runsOf(admin, flow);
    assert.equal((await runEnded(admin, last.id)).status, 'SUCCEEDED');
  });

  test('WF-55: a flow that does not answer in time closes the connection with 504 and is recorded as failed', async () => {
    const flow = await make('Late', [accept(), card('control:wait', 'wait', { set: { delay: 4, unit: 'second' } }), echo({})]);
    const r = await anyone.raw('GET', flow.path);
    assert.equal(r.status, 504);
    assert.equal(r.headers.get('connection'), 'close');
    assert.match(r.json.error.message, /2 s/);
    const run = await runEnded(admin, r.headers.get('x-reeve-run-id'));
    assert.equal(run.status, 'FAILED');
    assert.match(run.error.message, /caller was gone/);
  });

  test('cancelling a run answers the caller who waits for it', async () => {
    const flow = await make('Cancelled', [accept(), card('control:wait', 'wait', { set: { delay: 1, unit: 'hour' } }), echo({})]);
    const answer = anyone.raw('GET', flow.path);
    const [run] = await until(async () => { const l = await runsOf(admin, flow); return l[0]?.status === 'WAITING' ? l : null; }, 'the run to wait');
    await admin.post(`${N}/runs/${run.id}/cancel`);
    const r = await answer;
    assert.deepEqual([r.status, r.json.error.message], [500, 'the run was cancelled']);
  });

  test('WF-57: the execution id is in a response header, is the flow\'s own, and the history says what started the run', async () => {
    const flow = await make('Id', [accept(), echo({ id: 'start.execution_id' })]);
    const r = await anyone.raw('GET', flow.path);
    assert.equal(r.headers.get('x-reeve-run-id'), r.json.id);
    const run = await admin.get(`${N}/runs/${r.json.id}`);
    assert.deepEqual([run.startedVia, run.startedBy.kind], ['ENDPOINT', 'SYSTEM']);
    const { runId } = await admin.post(`${N}/runs/${r.json.id}/replay`);
    assert.deepEqual([(await runEnded(admin, runId)).status, (await admin.get(`${N}/runs/${runId}`)).startedVia], ['SUCCEEDED', 'REPLAY']);
  });

  test('an endpoint flow is tried out from the console with a value for each of its fields', async () => {
    const flow = await make('Tried', [accept(['headers', 'X-A'], ['query', 'b'], ['body', 'c']), echo({ a: 'start.o_headers_X_A', b: 'start.o_query_b', c: 'start.o_body_c' })]);
    await admin.post(`${N}/flows/${flow.id}/deactivate`);
    const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { 'headers.X-A': '1', 'query.b': '2', 'body.c': { d: 3 } } }, [202]);
    assert.equal((await runEnded(admin, runId)).status, 'SUCCEEDED');
    assert.deepEqual(await outputs(admin, runId, 'end'), { a: '1', b: '2', c: { d: 3 } });
    await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { c: 'no' } }, [400]);
  });

  test('WF-68: an endpoint of a flow that is off answers 404 and starts nothing, until it is on again', async () => {
    const flow = await make('Off', [accept(), echo({})]);
    await admin.post(`${N}/flows/${flow.id}/deactivate`);
    assert.equal((await anyone.raw('POST', flow.path)).status, 404);
    assert.equal((await runsOf(admin, flow)).length, 0);
    await admin.post(`${N}/flows/${flow.id}/activate`);
    assert.equal((await anyone.raw('POST', flow.path)).status, 200);
  });

  test('address and security are for those who may edit the flow; both stay when the flow is saved, and a copy or an import has its own', async () => {
    const flow = await make('Mine', [accept(), echo({})], 'OAUTH');
    const p = await addPerson(admin, 'reader@example.com');
    const reader = await signIn(s, 'reader@example.com');
    await reader.get(`${N}/flows/${flow.id}/endpoint`, [404]);
    const role = await admin.post('/api/v1/iam/roles', { label: 'Reads flows', description: 'x', permissions: ['reeve.flows.read'] });
    const { organisation } = await admin.get(`${N}/session`);
    const set = await admin.post('/api/v1/iam/resource-sets', { label: 'Flows', description: 'x', resources: [`orn:okta:workflow:${organisation.id}:flows`] });
    await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/api/v1/users/${p.id}`] });
    const seen = await reader.get(`${N}/flows/${flow.id}/endpoint`);
    assert.deepEqual([seen.security, seen.alias, seen.invokeUrl, seen.resumeUrl], ['OAUTH', null, null, null]);
    await reader.patch(`${N}/flows/${flow.id}/endpoint`, { security: 'NONE' }, [403]);
    await reader.post(`${N}/flows/${flow.id}/endpoint/token`, {}, [403]);
    await admin.patch(`${N}/flows/${flow.id}/endpoint`, { security: 'OPEN' }, [400]);
    const f = await admin.get(`${N}/flows/${flow.id}`);
    await admin.patch(`${N}/flows/${flow.id}`, { version: f.version, cards: resolve([accept(['query', 'x']), echo({})]) });
    const kept = await admin.get(`${N}/flows/${flow.id}/endpoint`);
    assert.deepEqual([kept.alias, kept.security], [flow.alias, 'OAUTH']);
    const pack = (await admin.raw('GET', `${N}/flows/${flow.id}/export`)).json;
    assert.equal(Object.values(pack.data.flos)[0].data.security_level, 'high');
    assert.ok(!JSON.stringify(pack).includes(flow.alias));
    const copy = await admin.post(`${N}/flows/${flow.id}/duplicate`);
    const report = (await admin.raw('POST', `${N}/flows/import?folderId=${folder.id}`, { body: pack })).json;
    const aliases = [flow.alias];
    for (const [id, security] of [[copy.id, 'CLIENT_TOKEN'], [report.flows[0].id, 'OAUTH']]) {
      const e = await admin.get(`${N}/flows/${id}/endpoint`);
      assert.match(e.alias, /^[0-9a-f]{32}$/);
      assert.equal(e.security, security);
      aliases.push(e.alias);
    }
    assert.equal(new Set(aliases).size, 3);
    const delegated = await admin.post(`${N}/flows`, { name: 'No address', folderId: folder.id, cards: resolve([card('http:delegated', 'start')]) });
    await admin.get(`${N}/flows/${delegated.id}/endpoint`, [404]);
  });
});

test('WF-56: more than the allowed invocations of a flow in one second get 429 with Retry-After', async () => {
  const s = await startReeve({ config: { 'flows.starts_per_second': 5 } });
  try {
    const admin = await firstAdministrator(s), card = await cardMaker(admin);
    const folder = await admin.post(`${N}/folders`, { name: 'Busy' });
    const flow = await makeFlow(s, admin, folder.id, 'Busy', [card('http:accept', 'start'), card('control:return', 'end')]);
    const anyone = new Client(s.url);
    const refused = await until(async () => {
      const all = await Promise.all(Array.from({ length: 30 }, () => anyone.raw('GET', flow.path)));
      assert.ok(all.every((r) => r.status === 200 || r.status === 429));
      return all.find((r) => r.status === 429);
    }, 'a call over the rate');
    assert.equal(refused.headers.get('retry-after'), '1');
    await until(async () => (await anyone.raw('GET', flow.path)).status === 200, 'the next second');
  } finally { await s.stop(); }
});

describe('Pause', () => {
  let s, admin, folder, card, anyone, helper, api;
  const call = (id) => {
    const c = card('control:spawn', 'call', { set: { flo: id } });
    c.outputs.push(...['ask', 'execution_id', 'said'].map((key) => ({ id: `o_${key}`, key, label: key, type: 'text' })));
    return c;
  };
  const signInAgain = async () => { admin = await signIn(s, login, adminPassword); anyone = new Client(s.url); };
  let login;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    login = (await admin.get('/api/v1/users/me')).profile.login;
    folder = await admin.post(`${N}/folders`, { name: 'Pauses' });
    card = await cardMaker(admin);
    anyone = new Client(s.url);
    helper = await makeFlow(s, admin, folder.id, 'Asks', [card('control:callable', 'start', { add: [{ key: 'ask' }] }), card('control:pause', 'pause', { add: [{ key: 'ask' }, { key: 'said' }], link: { ask: 'start.ask' } }),
      card('control:return', 'end', { add: [{ key: 'said' }, { key: 'ask' }], link: { said: 'pause.said', ask: 'pause.ask' } })]);
    const spawn = call(helper.id);
    spawn.inputs.push({ id: 'i_ask', key: 'ask', label: 'ask', type: 'text', value: 'may I?' });
    api = await makeFlow(s, admin, folder.id, 'Calls', [card('http:accept', 'start'), spawn, card('control:return', 'end', { add: [{ key: 'ask' }, { key: 'id' }], link: { ask: 'call.ask', id: 'call.execution_id' } })]);
  });
  after(() => s?.stop().finally(() => removeDir(s)));
  const resumePath = (id) => path(helper.resumeUrl).replace('RUN', id);

  test('WF-58: Pause returns its fields and the execution id, and resuming with a JSON body continues with those values as outputs', async () => {
    const first = await anyone.raw('GET', api.path);
    assert.equal(first.status, 200);
    assert.equal(first.json.ask, 'may I?');
    const id = first.json.id;
    await until(async () => (await admin.get(`${N}/runs/${id}`)).status === 'PAUSED', 'the run to be paused');
    assert.equal((await anyone.raw('POST', path(api.resumeUrl).replace('RUN', id), { body: {} })).status, 404); // the run is another flow's
    assert.equal((await anyone.raw('POST', resumePath('0195f3c2-0000-7000-8000-000000000000'), { body: {} })).status, 404);
    const second = await anyone.raw('POST', resumePath(id), { body: { said: 'yes', other: 1 } });
    assert.deepEqual([second.status, second.json, second.headers.get('x-reeve-run-id')], [200, { said: 'yes', ask: null }, id]);
    assert.deepEqual(await outputs(admin, id, 'pause'), { ask: null, said: 'yes' });
    assert.equal((await runEnded(admin, id)).status, 'SUCCEEDED');
    assert.equal((await anyone.raw('POST', resumePath(id), { body: {} })).status, 409);
  });

  test('a paused run is resumed once, by GET too, with what its address asks for, and can be cancelled', async () => {
    const pausedRun = async () => { const { id } = (await anyone.raw('GET', api.path)).json; await until(async () => (await admin.get(`${N}/runs/${id}`)).status === 'PAUSED', 'the pause'); return id; };
    const id = await pausedRun();
    const both = await Promise.all([1, 2, 3].map((n) => anyone.raw('GET', `${resumePath(id)}?said=${n}`)));
    assert.deepEqual(both.map((r) => r.status).sort(), [200, 409, 409]);
    const winner = both.find((r) => r.status === 200);
    assert.match(winner.json.said, /^[123]$/);
    await admin.patch(`${N}/flows/${helper.id}/endpoint`, { security: 'CLIENT_TOKEN' });
    const { clientToken } = await admin.post(`${N}/flows/${helper.id}/endpoint/token`);
    const next = await pausedRun();
    assert.equal((await anyone.raw('POST', resumePath(next), { body: {} })).status, 401);
    assert.equal((await anyone.raw('POST', resumePath(next), { body: { said: 'x' }, headers: { 'x-api-client-token': clientToken } })).json.said, 'x');
    const gone = await pausedRun();
    assert.equal((await admin.post(`${N}/runs/${gone}/cancel`)).status, 'CANCELED');
    assert.equal((await anyone.raw('POST', resumePath(gone), { body: {}, headers: { 'x-api-client-token': clientToken } })).status, 409);
    await admin.patch(`${N}/flows/${helper.id}/endpoint`, { security: 'NONE' });
  });

  test('Pause Raw answers with its status, headers and body, and puts out headers and body of the resuming call', async () => {
    const flow = await makeFlow(s, admin, folder.id, 'Raw', [card('control:callable', 'start'), card('control:pause', 'first'), card('control:pauseRaw', 'raw', { set: { statusCode: 200, headers: { 'content-type': 'text/html', 'x-step': '2' }, body: '<p>ok</p>' } }),
      card('control:return', 'end', { add: [{ key: 'body' }], link: { body: 'raw.body' } })]);
    const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
    await until(async () => (await admin.get(`${N}/runs/${runId}`)).status === 'PAUSED', 'the pause');
    const at = path(flow.resumeUrl).replace('RUN', runId);
    const r = await anyone.raw('POST', at, { body: {} });
    assert.deepEqual([r.status, r.text, r.headers.get('x-step'), r.headers.get('content-type')], [200, '<p>ok</p>', '2', 'text/html']);
    assert.equal((await admin.get(`${N}/runs/${runId}`)).status, 'PAUSED');
    const end = await anyone.raw('POST', at, { body: 'plain words', type: 'text/plain', headers: { 'x-from': 'me' } });
    assert.deepEqual(end.json, { body: 'plain words' });
    assert.equal((await outputs(admin, runId, 'raw')).headers['x-from'], 'me');
  });

  test('Pause is refused in an API endpoint flow', async () => {
    const flow = await admin.post(`${N}/flows`, { name: 'Wrong', folderId: folder.id, cards: resolve([card('http:accept', 'start'), card('control:pause', 'p')]) });
    assert.match(flow.problems[0].sentence, /Pause cannot be used in an API endpoint flow/);
    await admin.post(`${N}/flows/${flow.id}/activate`, {}, [400]);
  });

  test('WF-59: a paused execution survives a server restart', async () => {
    const { id } = (await anyone.raw('GET', api.path)).json;
    await until(async () => (await admin.get(`${N}/runs/${id}`)).status === 'PAUSED', 'the pause');
    for (const end of ['kill', 'stop']) {
      await s[end]();
      s = await restart(s);
      await signInAgain();
      assert.equal((await admin.get(`${N}/runs/${id}`)).status, 'PAUSED');
    }
    const r = await anyone.raw('POST', resumePath(id), { body: { said: 'still here' } });
    assert.deepEqual([r.status, r.json.said], [200, 'still here']);
  });
});

describe('importing endpoints', () => {
  const TOKEN = /^[0-9a-f]{64}$/;
  const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
  let s, admin, folder, pack, anyone;
  before(async () => {
    s = await startReeve({ dir: mkdtempSync(join(tmpdir(), 'reeve-endpoints-')) });
    admin = await firstAdministrator(s);
    anyone = new Client(s.url);
    folder = await admin.post(`${N}/folders`, { name: 'Exported' });
    const card = await cardMaker(admin);
    for (const security of ['CLIENT_TOKEN', 'NONE', 'OAUTH'])
      await makeFlow(s, admin, folder.id, security, [card('http:accept', 'start'), card('control:return', 'end', { add: [{ key: 'said' }], set: { said: security } })], security);
    await admin.post(`${N}/flows`, { name: 'Pauses', folderId: folder.id, cards: resolve([card('http:delegated', 'start'), card('control:pause', 'p')]) });
    pack = await admin.get(`${N}/folders/${folder.id}/export`);
  });
  after(async () => { await s?.stop(); removeDir(s); });
  const bring = async (client = admin, headers = {}) => {
    const into = await client.post(`${N}/folders`, { name: `Imported ${Math.random()}` });
    const r = await client.raw('POST', `${N}/flows/import?folderId=${into.id}`, { body: pack, headers });
    assert.equal(r.status, 201, r.text);
    return r.json;
  };

  test('an endpoint behind a client token gets a new one at import, shown this once with its address and stored as a hash', async () => {
    const report = await bring(), again = await bring();
    const of = (r, name) => r.flows.find((f) => f.name === name);
    const made = of(report, 'CLIENT_TOKEN');
    assert.match(made.clientToken, TOKEN);
    assert.notEqual(of(again, 'CLIENT_TOKEN').clientToken, made.clientToken);
    for (const name of ['NONE', 'OAUTH', 'Pauses']) assert.deepEqual(Object.keys(of(report, name)).sort(), ['id', 'kind', 'name'], name);
    assert.ok(!report.warnings.some((w) => /client token/.test(w.sentence)));
    const e = await admin.get(`${N}/flows/${made.id}/endpoint`);
    assert.deepEqual([e.security, e.hasToken, e.invokeUrl, 'clientToken' in e], ['CLIENT_TOKEN', true, made.invokeUrl, false]);
    await admin.post(`${N}/flows/${made.id}/activate`);
    const call = (token) => anyone.raw('POST', path(made.invokeUrl), { headers: token ? { 'x-api-client-token': token } : {} });
    for (const wrong of [null, of(again, 'CLIENT_TOKEN').clientToken]) assert.equal((await call(wrong)).status, 401);
    assert.deepEqual((await call(made.clientToken)).json, { said: 'CLIENT_TOKEN' });
    const [told] = (await admin.get(`/api/v1/logs?filter=${encodeURIComponent('eventType eq "workflows.user.flow.import"')}`)).filter((x) => x.target[0].id === made.id);
    assert.equal(told.debugContext.debugData.clientToken, 'made');
    for (const text of [JSON.stringify(await admin.get('/api/v1/logs?limit=1000')), JSON.stringify(await admin.get(`${N}/flows/${made.id}/export`)), s.stderr, ...readdirSync(join(s.dir, 'data')).map((f) => readFileSync(join(s.dir, 'data', f), 'latin1'))])
      assert.ok(!text.includes(made.clientToken));
  });

  test('the command line prints address and token of such an endpoint', async () => {
    const data = join(s.dir, 'data'), file = join(s.dir, 'pack.folder');
    writeFileSync(file, JSON.stringify(pack));
    await s.stop();
    const r = reeve('flow', 'import', file, folder.id, '--data', data);
    s = await restart(s, { config: { 'listen.port': new URL(s.url).port } });
    assert.equal(r.status, 0, r.stderr);
    const [, url, token] = /address: +(\S+)\n +client token: ([0-9a-f]{64}) {2}\(shown this once\)/.exec(r.stdout) ?? [];
    assert.ok(token, r.stdout);
    assert.equal(r.stdout.match(/client token/g).length, 1);
    await admin.post(`${N}/flows/${/^(\S+) {2}CLIENT_TOKEN$/m.exec(r.stdout)[1]}/activate`);
    assert.equal((await anyone.raw('POST', path(url), { headers: { 'x-api-client-token': token } })).status, 200);
  });

  test('who signed in longer ago than tokens may be made gets the flows and the sentence what to do', { skip: !existsSync(faketime) && 'libfaketime is not there' }, async () => {
    await s.stop();
    s = await restart(s, { config: { 'listen.port': new URL(s.url).port }, env: { LD_PRELOAD: faketime, FAKETIME: '+20m', FAKETIME_DONT_FAKE_MONOTONIC: '1', ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' } });
    const report = await bring();
    assert.ok(report.flows.every((f) => !('clientToken' in f)));
    const [hint] = report.warnings.filter((w) => /client token/.test(w.sentence));
    assert.deepEqual([hint.flow, /no client token yet.*15 minutes/.test(hint.sentence)], ['CLIENT_TOKEN', true]);
    assert.equal((await admin.get(`${N}/flows/${report.flows.find((f) => f.name === 'CLIENT_TOKEN').id}/endpoint`)).hasToken, false);
  });
});
