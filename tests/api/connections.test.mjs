// Connections with sealed secrets, and the API Connector: what is sent with which credentials, where to, and what comes back.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { startReeve, firstAdministrator, until, apiToken, Client } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { startService, runFlow, runAgain } from '../lib/service.mjs';

const N = '/reeve/api/v1';
const secret = 'correct-horse-4711';
let s, admin, web, other, card;
before(async () => {
  web = await startService();
  other = await startService();
  s = await startReeve({ config: { 'client.allow': `${web.allow} ${other.allow}` } });
  admin = await firstAdministrator(s);
  admin = new Client(s.url, { token: await apiToken(admin, 'connections') });
  card = await cardMaker(admin);
});
after(async () => { await s?.stop(); await web?.stop(); await other?.stop(); });

const connect = (auth, fields, more = {}) => admin.post(`${N}/connections`, { name: `Connection ${Math.random()}`, connector: 'httpfunctions', auth,
  fields: { ...(auth === 'NONE' ? {} : { origins: web.url }), plainHttp: 'Yes', ...fields }, ...more });
/** Runs one card of the API Connector and gives its outputs by key, or its error. */
async function call(key, set, { connectionId, options, folderId, connector = 'httpfunctions' } = {}) {
  const { flow, run, record } = await runFlow(admin, until, resolve, [card('control:callable', 'start'), card(`${connector}:${key}`, 'call', { set, connectionId, options })], { folderId });
  const data = record.data.find((x) => x.cardId === 'call');
  const outputs = Object.fromEntries(record.cards[1].outputs.map((p) => [p.key, data?.outputs?.[p.id] ?? null]));
  return { flow, run, record, data, outputs, error: data?.error ?? null };
}
const tokenPoint = (more = () => ({})) => {
  let n = 0;
  web.handle = (q, r) => {
    if (q.path === '/token') { n++; r.json(200, { access_token: `token-${n}`, token_type: 'Bearer', expires_in: 3600, ...more(n) }); } else r.json(200, { ok: true });
  };
  return () => n;
};

describe('connections', () => {
  test('WF-116: a connection is made, tested, renamed, authorised anew and deleted, and its secrets are never readable afterwards', async () => {
    web.handle = (q, r) => r.json(q.headers.authorization === `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}` ? 200 : 401, {});
    const c = await connect('BASIC', { username: 'anna', password: secret });
    assert.equal(c.transport, 'HTTPS');
    assert.deepEqual(c.fields, { origins: web.url, username: 'anna', password: '********', redirects: 'No', plainHttp: 'Yes' });
    assert.deepEqual(await admin.post(`${N}/connections/${c.id}/test`, {}), { ok: true, sentence: 'The connection works: the service answered with status 200 (success).' });
    assert.equal((await admin.get(`${N}/connections/${c.id}`)).status, 'OK');
    const renamed = await admin.patch(`${N}/connections/${c.id}`, { version: c.version, name: 'Payroll', description: 'Salaries' });
    assert.equal(renamed.name, 'Payroll');
    assert.equal(renamed.status, 'OK', 'a new name changes no credentials');
    const anew = await admin.patch(`${N}/connections/${c.id}`, { version: renamed.version, fields: { origins: web.url, username: 'anna', password: 'wrong', plainHttp: 'Yes' } });
    assert.equal(anew.status, 'UNTESTED');
    const tried = await admin.post(`${N}/connections/${c.id}/test`, {});
    assert.equal(tried.ok, false);
    assert.match(tried.sentence, /status 401 \(Unauthorized\)/);
    assert.equal((await admin.get(`${N}/connections/${c.id}`)).status, 'FAILED');
    for (const type of ['create', 'reauthorize']) {
      const events = await admin.get(`/api/v1/logs?filter=${encodeURIComponent(`eventType eq "workflows.user.connection.${type}"`)}`);
      assert.ok(events.some((e) => e.target.some((t) => t.id === c.id)), type);
    }
    const everything = JSON.stringify([await admin.get(`${N}/connections?limit=200`), await admin.get('/api/v1/logs?limit=1000')]) + s.stdout + s.stderr;
    assert.ok(!everything.includes(secret) && !everything.includes(Buffer.from(`anna:${secret}`).toString('base64')));
    await admin.delete(`${N}/connections/${c.id}`, 204);
    assert.equal((await admin.raw('GET', `${N}/connections/${c.id}`)).status, 404);
  });

  test('secrets stand sealed in the store: no file of the data directory holds one', async () => {
    const c = await connect('BASIC', { username: 'anna', password: 'a-very-recognisable-secret' });
    const found = spawnSync('grep', ['-rlaF', 'a-very-recognisable-secret', join(s.dir, 'data')], { encoding: 'utf8' });
    assert.equal(found.stdout, '');
    assert.notEqual(spawnSync('grep', ['-rlaF', c.id, join(s.dir, 'data')], { encoding: 'utf8' }).stdout, '', 'the row itself is there');
  });

  test('fields are checked: unknown, missing, of a wrong kind, addresses that are none', async () => {
    const wrong = async (body) => {
      const r = await admin.raw('POST', `${N}/connections`, { body: { name: 'x', connector: 'httpfunctions', ...body } });
      assert.equal(r.status, 400, r.text);
      return r.json.errorCauses.map((c) => c.location ?? c.errorSummary).join(' ');
    };
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'https://a.example', nickname: 'x', username: 'u' } }), /nickname/);
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'https://a.example' } }), /username/);
    assert.match(await wrong({ auth: 'KERBEROS', fields: {} }), /auth/);
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'http://a.example', username: 'u' } }), /origins/);
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'https://u:p@a.example', username: 'u' } }), /origins/);
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'file:///etc/passwd', username: 'u' } }), /origins/);
    assert.match(await wrong({ auth: 'NONE', fields: { plainHttp: 'Perhaps' } }), /plainHttp/);
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'https://a.example', username: 'a\u0001b' } }), /username/);
    assert.match(await wrong({ auth: 'BASIC', fields: { origins: 'https://a.example', username: 7 } }), /username/);
    const c = await connect('BASIC', { username: 'anna', password: secret });
    const half = await admin.raw('PATCH', `${N}/connections/${c.id}`, { body: { version: c.version, fields: { origins: other.url, plainHttp: 'Yes' } } });
    assert.equal(half.status, 400, 'whoever points a connection elsewhere enters everything again');
    assert.equal((await admin.raw('PATCH', `${N}/connections/${c.id}`, { body: { version: c.version, auth: 'NONE' } })).status, 400);
  });

  test('a connection says which flows use it and is deleted only when none does', async () => {
    const c = await connect('NONE', {});
    const used = await call('get', { URL: `${web.url}/x` }, { connectionId: c.id });
    assert.deepEqual(await admin.get(`${N}/connections/${c.id}/usage`), { flows: [{ id: used.flow.id, name: 'Calls' }] });
    const r = await admin.raw('DELETE', `${N}/connections/${c.id}`);
    assert.equal(r.status, 409);
    assert.match(r.text, /Calls/);
  });

  test('WF-117: a flow with a card whose connection is missing, failing or another folder\'s cannot be turned on, and says so at the card', async () => {
    const folder = await admin.post(`${N}/folders`, { name: 'Own' });
    const problems = async (connectionId) => {
      const flow = await admin.post(`${N}/flows`, { name: 'Needs', folderId: folder.id, cards: resolve([card('control:callable', 'start'), card('slack:sendDirectMessage2', 'say', { set: { Text: 'x', 'User ID': 'U1' }, connectionId })]) });
      const seen = await admin.get(`${N}/flows/${flow.id}`);
      const r = await admin.raw('POST', `${N}/flows/${flow.id}/activate`, { body: {} });
      return { status: r.status, problems: seen.problems.filter((p) => p.cardId === 'say').map((p) => p.sentence) };
    };
    assert.deepEqual(await problems(undefined), { status: 400, problems: ['Card "Send Direct Message" needs a connection for slack. Choose one.'] });
    web.handle = (q, r) => r.json(200, { ok: false, error: 'invalid_auth' });
    const c = await admin.post(`${N}/connections`, { name: 'Slack', connector: 'slack', auth: 'TOKEN', fields: { token: 'xoxb-1', base: web.url, plainHttp: 'Yes' } });
    assert.deepEqual(await problems(c.id), { status: 200, problems: [] });
    assert.match((await admin.post(`${N}/connections/${c.id}/test`, {})).sentence, /invalid_auth/);
    const failing = await problems(c.id);
    assert.equal(failing.status, 400);
    assert.match(failing.problems[0], /does not work/);
  });

  test('WF-125: a connection of a folder is usable there and below, and nowhere else, also not after a flow has moved away', async () => {
    web.handle = (q, r) => r.json(200, {});
    const top = await admin.post(`${N}/folders`, { name: 'Payroll' });
    const below = await admin.post(`${N}/folders`, { name: 'Helpers', parentId: top.id });
    const away = await admin.post(`${N}/folders`, { name: 'Elsewhere' });
    const c = await connect('NONE', {}, { folderId: top.id });
    assert.equal(c.folderId, top.id);
    for (const folderId of [top.id, below.id]) assert.equal((await call('get', { URL: `${web.url}/x` }, { connectionId: c.id, folderId })).run.status, 'SUCCEEDED');
    const elsewhere = await call('get', { URL: `${web.url}/x` }, { connectionId: c.id, folderId: away.id });
    assert.equal(elsewhere.run.status, 'FAILED');
    assert.match(elsewhere.error.message, /belongs to another folder/);
    assert.match((await admin.get(`${N}/flows/${elsewhere.flow.id}`)).problems[0].sentence, /belongs to another folder/);
    const moved = await call('get', { URL: `${web.url}/x` }, { connectionId: c.id, folderId: below.id });
    const now = await admin.get(`${N}/flows/${moved.flow.id}`);
    await admin.patch(`${N}/flows/${now.id}`, { version: now.version, folderId: away.id });
    assert.equal((await runAgain(admin, until, moved.flow)).run.status, 'FAILED');
    assert.equal((await admin.raw('DELETE', `${N}/folders/${top.id}`)).status, 409);
    assert.equal((await admin.raw('POST', `${N}/connections`, { body: { name: 'x', connector: 'httpfunctions', auth: 'NONE', folderId: 'nowhere' } })).status, 404);
  });
});

describe('API Connector', () => {
  test('WF-118: Basic, custom header and no credentials', async () => {
    web.handle = (q, r) => r.json(200, { authorization: q.headers.authorization ?? null, key: q.headers['x-key'] ?? null, tenant: q.headers['x-tenant'] ?? null });
    const seen = async (c) => (await call('get', { URL: `${web.url}/who`, Headers: { Authorization: 'mine' } }, { connectionId: c.id })).outputs.Body;
    assert.equal((await seen(await connect('BASIC', { username: 'anna', password: secret }))).authorization, `Basic ${Buffer.from(`anna:${secret}`).toString('base64')}`);
    assert.deepEqual(await seen(await connect('HEADER', { header: 'X-Key', value: 'k1', header2: 'X-Tenant', value2: 't1' })), { authorization: 'mine', key: 'k1', tenant: 't1' });
    assert.deepEqual(await seen(await connect('NONE', {})), { authorization: 'mine', key: null, tenant: null });
  });

  test('WF-118: OAuth client credentials: one token serves many calls until it ends, and is got again once when it is refused', async () => {
    const count = tokenPoint();
    const c = await connect('CLIENT_CREDENTIALS', { tokenUrl: `${web.url}/token`, clientId: 'client 1', clientSecret: secret, scope: 'read write' });
    const from = web.calls.length;
    const get = () => call('get', { URL: `${web.url}/data` }, { connectionId: c.id });
    assert.equal((await get()).run.status, 'SUCCEEDED');
    const [asked, sent] = web.calls.slice(from);
    assert.equal(asked.method, 'POST');
    assert.equal(asked.headers.authorization, `Basic ${Buffer.from(`client 1:${secret}`).toString('base64')}`);
    assert.equal(asked.body, 'grant_type=client_credentials&scope=read%20write');
    assert.equal(sent.headers.authorization, 'Bearer token-1');
    await until(async () => { await get(); return web.calls.at(-2).path === '/data'; }, 'the token to be kept');
    const before = count();
    await get();
    assert.equal(count(), before);
    // The service forgets the token: exactly one new one, and the call goes through.
    let refused = 0;
    const last = web.handle;
    web.handle = (q, r) => (q.path === '/data' && q.headers.authorization !== `Bearer token-${before + 1}` ? (refused++, r.json(401, { error: 'expired' })) : last(q, r));
    assert.equal((await get()).run.status, 'SUCCEEDED');
    assert.deepEqual([refused, count()], [1, before + 1]);
    // It refuses every token: one more try, then the card fails with what the service said.
    web.handle = (q, r) => (q.path === '/data' ? r.json(401, { error: 'never' }) : last(q, r));
    const at = web.calls.length;
    const { error } = await get();
    assert.deepEqual([error.code, error.message, JSON.parse(error.raw)], [401, 'Unauthorized', { error: 'never' }]);
    assert.ok(web.calls.slice(at).filter((q) => q.path === '/data').length <= 2);
  });

  test('a token endpoint that refuses fails the card with its word, never with its answer', async () => {
    web.handle = (q, r) => (q.path === '/token' ? r.json(400, { error: 'invalid_client', secret_hint: secret }) : r.json(200, {}));
    const c = await connect('CLIENT_CREDENTIALS', { tokenUrl: `${web.url}/token`, clientId: 'c', clientSecret: secret, send: 'body' });
    const from = web.calls.length;
    const { run, error, record } = await call('get', { URL: `${web.url}/data` }, { connectionId: c.id });
    assert.equal(run.status, 'FAILED');
    assert.match(error.message, /got no token: the token endpoint answered with status 400 \(invalid_client\)/);
    assert.deepEqual(web.calls.slice(from).map((q) => q.path), ['/token']);
    assert.match(web.calls.at(-1).body, /client_id=c&client_secret=correct-horse-4711/);
    assert.ok(!JSON.stringify([run, record]).includes(secret));
  });

  test('WF-118: a refresh token gets access tokens, and one that comes with them replaces it', async () => {
    const refreshed = [];
    web.handle = (q, r) => {
      if (q.path !== '/token') return r.json(200, {});
      refreshed.push(new URLSearchParams(q.body).get('refresh_token'));
      return r.json(200, { access_token: `a${refreshed.length}`, expires_in: 1, refresh_token: `r${refreshed.length}` });
    };
    const c = await connect('REFRESH_TOKEN', { tokenUrl: `${web.url}/token`, clientId: 'c', refreshToken: 'r0' });
    await until(async () => { await call('get', { URL: `${web.url}/data` }, { connectionId: c.id }); return refreshed.at(-1) !== 'r0'; }, 'the new refresh token to be used');
    assert.equal(refreshed[0], 'r0');
    assert.match(refreshed.at(-1), /^r[1-9]/);
  });

  test('WF-119: Get, Post, Put, Patch and Delete give status, headers and the parsed body; query, headers and body arrive', async () => {
    web.handle = (q, r) => r.json(201, { method: q.method, query: q.query, json: q.json }, { 'x-answer': 'yes' });
    const c = await connect('NONE', {});
    for (const [key, method] of [['get', 'GET'], ['post', 'POST'], ['put', 'PUT'], ['patch', 'PATCH'], ['delete', 'DELETE']]) {
      const set = { URL: `${web.url}/things?fixed=1`, Query: { a: 'b c', n: 5, none: null, list: ['x', 'y'] }, Headers: { 'X-Mine': 'mine' } };
      if (key !== 'get') set.Body = { deep: { list: [1, 'zwei', null] } };
      const { outputs, run } = await call(key, set, { connectionId: c.id });
      assert.equal(run.status, 'SUCCEEDED', key);
      assert.equal(outputs['Status Code'], 201);
      assert.equal(outputs.Headers['x-answer'], 'yes');
      assert.deepEqual(outputs.Body, { method, query: { fixed: '1', a: 'b c', n: '5', list: 'y' }, json: key === 'get' ? null : { deep: { list: [1, 'zwei', null] } } });
      const q = web.calls.at(-1);
      assert.equal(q.target, '/things?fixed=1&a=b%20c&n=5&list=x&list=y');
      assert.equal(q.headers['x-mine'], 'mine');
      if (key !== 'get') assert.equal(q.headers['content-type'], 'application/json');
      assert.equal(/^[0-9a-f-]{36}$/.test(q.headers['idempotency-key'] ?? ''), ['post', 'patch'].includes(key), key);
    }
  });

  test('WF-119: Raw Request sends and gives text; a body that only looks like JSON, is none, or is no text at all comes as text', async () => {
    const c = await connect('NONE', {});
    web.handle = (q, r) => r.json(200, { got: q.body, type: q.headers['content-type'] ?? null });
    const raw = await call('raw', { URL: `${web.url}/raw`, Method: 'POST', Body: '{"a":1}', Headers: { 'Content-Type': 'text/xml' } }, { connectionId: c.id });
    assert.equal(raw.outputs.Body, JSON.stringify({ got: '{"a":1}', type: 'text/xml' }));
    const body = async (send, type) => {
      web.handle = (q, r) => { r.open = true; r.writeHead(200, type ? { 'content-type': type } : {}).end(send); };
      return (await call('get', { URL: `${web.url}/x` }, { connectionId: c.id })).outputs.Body;
    };
    assert.deepEqual(await body('[1,2]', 'application/vnd.api+json'), [1, 2]);
    assert.equal(await body('{"a":', 'application/json'), '{"a":');
    assert.equal(await body('plain ü', 'text/plain'), 'plain ü');
    assert.equal(await body(Buffer.from([0xff, 0x00, 0x41]), 'application/octet-stream'), '??A');
    assert.equal(await body('', 'application/json'), '');
  });

  test('WF-98: a status of 400 or more fails the card with the code, the reason and what the service answered', async () => {
    web.handle = (q, r) => r.json(422, { detail: 'no such colour' });
    const c = await connect('NONE', {});
    const { run, error, data } = await call('post', { URL: `${web.url}/x`, Body: { colour: 'blurple' } }, { connectionId: c.id });
    assert.equal(run.status, 'FAILED');
    assert.equal(run.error.code, 422);
    assert.equal(run.error.cardId, 'call');
    assert.deepEqual([error.code, error.message, JSON.parse(error.raw)], [422, 'Unprocessable Entity', { detail: 'no such colour' }]);
    assert.equal(data.status, 'FAILED');
  });

  test('credentials go to the addresses of the connection and to no other', async () => {
    const c = await connect('BASIC', { username: 'anna', password: secret });
    const from = other.calls.length;
    const { error } = await call('get', { URL: `${other.url}/steal` }, { connectionId: c.id });
    assert.match(error.message, /calls no address at/);
    const both = await connect('BASIC', { username: 'anna', password: secret, origins: `${web.url}, ${other.url}` });
    other.handle = (q, r) => r.json(200, {});
    assert.equal((await call('get', { URL: `${other.url}/given` }, { connectionId: both.id })).run.status, 'SUCCEEDED');
    assert.deepEqual(other.calls.slice(from).map((q) => q.path), ['/given']);
  });

  test('redirects are followed only when the connection or the card says so, and another origin gets no credentials', async () => {
    web.handle = (q, r) => (q.path === '/moved' ? r.writeHead(307, { location: `${other.url}/there` }).end() : r.json(200, { here: q.headers.authorization ?? null }));
    other.handle = (q, r) => r.json(200, { authorization: q.headers.authorization ?? null, body: q.body, mine: q.headers['x-mine'] ?? null });
    const plain = await connect('BASIC', { username: 'anna', password: secret });
    const stays = await call('get', { URL: `${web.url}/moved` }, { connectionId: plain.id });
    assert.deepEqual([stays.outputs['Status Code'], stays.outputs.Headers.location], [307, `${other.url}/there`]);
    const follows = await connect('BASIC', { username: 'anna', password: secret, redirects: 'Yes' });
    const away = { authorization: null, body: '', mine: null };
    assert.deepEqual((await call('post', { URL: `${web.url}/moved`, Body: 'x', Headers: { 'X-Mine': 'm' } }, { connectionId: follows.id })).outputs.Body, away);
    assert.deepEqual((await call('get', { URL: `${web.url}/moved` }, { connectionId: plain.id, options: { followRedirects: 'Yes' } })).outputs.Body, away);
    web.handle = (q, r) => r.writeHead(302, { location: `${web.url}${q.path}x` }).end();
    assert.match((await call('get', { URL: `${web.url}/round` }, { connectionId: follows.id })).error.message, /redirects more than 3 times/);
  });

  test('addresses that are not public are refused, as names, numbers, and behind redirects', async () => {
    const none = await connect('NONE', { redirects: 'Yes' });
    const wrong = async (URL, connectionId) => (await call('get', { URL }, { connectionId })).error?.message ?? 'was called';
    assert.match(await wrong('https://127.0.0.1:8443/x'), /loopback/);
    assert.match(await wrong('https://localhost/x'), /loopback|could not|failed|not known/);
    assert.match(await wrong('https://[::ffff:10.0.0.1]/x'), /private/);
    assert.match(await wrong('https://169.254.169.254/latest/meta-data'), /link-local/);
    assert.match(await wrong('https://2130706433/'), /number/);
    assert.match(await wrong(`${web.url}/x`), /http:\/\/ is switched off/, 'plain HTTP only with a connection that allows it');
    assert.match(await wrong('file:///etc/passwd', none.id), /https:\/\//);
    web.handle = (q, r) => r.writeHead(302, { location: 'http://127.0.0.1:1/inner' }).end();
    assert.match(await wrong(`${web.url}/out`, none.id), /Port 1 is not open|loopback/);
    web.handle = (q, r) => r.writeHead(302, { location: 'http://10.0.0.1/inner' }).end();
    assert.match(await wrong(`${web.url}/out`, none.id), /private/);
  });

  test('a service that never answers, answers with garbage, hangs up, or sends without end fails the card and nothing else', async () => {
    const c = await connect('NONE', {});
    const get = async (handle, set = {}) => { web.handle = handle; return (await call('get', { URL: `${web.url}/x`, ...set }, { connectionId: c.id })).error; };
    const hung = await get((q, r) => { r.open = true; r.socket.destroy(); });
    assert.match(hung.message, /failed/);
    const garbage = await get((q, r) => { r.open = true; r.socket.end('HTP/9 hello\r\n\r\n'); });
    assert.match(garbage.message, /failed/);
    let sent = 0;
    const endless = await get((q, r) => {
      r.open = true;
      r.writeHead(200, { 'content-type': 'application/json', 'content-length': 10 * 1024 ** 3 });
      const piece = Buffer.alloc(256 * 1024, 'x');
      const more = () => { while (!r.destroyed) { sent += piece.length; if (!r.write(piece)) { r.once('drain', more); break; } } };
      more();
    });
    assert.match(endless.message, /larger than 10485760 bytes/);
    assert.ok(sent < 200 * 1024 * 1024, `${sent}`);
    const bomb = await get((q, r) => { r.open = true; r.writeHead(200, { 'x-long': 'y'.repeat(15000), 'x-long-2': 'y'.repeat(15000), 'x-long-3': 'y'.repeat(15000), 'x-long-4': 'y'.repeat(15000), 'x-long-5': 'y'.repeat(15000) }).end(); });
    assert.match(bomb.message, /larger|failed|header/i);
    assert.equal((await admin.raw('GET', '/livez')).status, 200);
  });
  test('what goes out of a flow and comes back is bad input to nobody: headers with line breaks, methods that are none, empty addresses', async () => {
    const c = await connect('NONE', {});
    web.handle = (q, r) => r.json(200, {});
    const wrong = async (key, set) => (await call(key, set, { connectionId: c.id })).error.message;
    assert.match(await wrong('get', { URL: `${web.url}/x`, Headers: { 'X-A': 'a\r\nX-B: b' } }), /line break/);
    assert.match(await wrong('get', { URL: `${web.url}/x`, Headers: { 'X A': 'a' } }), /cannot be the name of a header/);
    assert.match(await wrong('get', { URL: `${web.url}/x`, Headers: [1] }), /must be an object/);
    assert.match(await wrong('raw', { URL: `${web.url}/x`, Method: 'GET /y HTTP/1.1\r\nX: ' }), /not a method/);
    assert.match(await wrong('get', { URL: 'relative/path' }), /does not begin with https/);
    const { outputs } = await call('get', { URL: `${web.url}/a b/ü"<>` }, { connectionId: c.id });
    assert.equal(outputs['Status Code'], 200);
    assert.equal(web.calls.at(-1).target, '/a%20b/%C3%BC%22%3C%3E');
  });
});
