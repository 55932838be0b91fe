// Connections of the identity connector to another server of the same API: the same cards, over HTTP, with its credentials.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, restart, removeDir, firstAdministrator, addPerson, apiToken, Client, until } from '../lib/reeve.mjs';
import { lab, runOver, cardsOf } from '../lib/cards.mjs';
import { startService } from '../lib/service.mjs';
import { resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1';

describe('another server of the same API', () => {
  let here, there, web, admin, other, l, token;
  const connect = (fields, auth = 'API_TOKEN') => admin.post(`${N}/connections`, { name: `Elsewhere ${Math.random()}`, connector: 'okta', auth, fields: { plainHttp: 'Yes', ...fields } });
  before(async () => {
    there = await startReeve();
    web = await startService();
    here = await startReeve({ config: { 'client.allow': `127.0.0.1:${new URL(there.url).port} ${web.allow}` } });
    admin = await firstAdministrator(here);
    admin = new Client(here.url, { token: await apiToken(admin) });
    other = await firstAdministrator(there);
    token = await apiToken(other);
    l = await lab(admin, (await connect({ base: there.url, token })).id);
  });
  after(async () => { await here?.stop(); await there?.stop(); await web?.stop(); });

  test('a connection is to this organisation without credentials and to another server with them, which nobody reads again', async () => {
    const k = (await admin.get(`${N}/connectors`)).data.find((x) => x.connector === 'okta');
    assert.deepEqual(k.transports, ['LOCAL', 'HTTPS']);
    assert.deepEqual(k.auths.map((a) => a.kind), ['API_TOKEN', 'CLIENT_CREDENTIALS']);
    const local = await admin.post(`${N}/connections`, { name: 'Here', connector: 'okta' });
    assert.deepEqual([local.transport, local.auth ?? null], ['LOCAL', null]);
    const c = await connect({ base: there.url, token });
    assert.deepEqual([c.transport, c.fields.token, c.fields.base], ['HTTPS', '********', there.url]);
    assert.equal((await admin.post(`${N}/connections/${c.id}/test`, {})).ok, true);
    assert.equal((await admin.post(`${N}/connections/${(await connect({ base: there.url, token: 'wrong' })).id}/test`, {})).ok, false);
    assert.equal((await admin.post(`${N}/connections/${local.id}/test`, {})).ok, true);
    for (const body of [{ fields: { base: 'x' } }, { auth: 'API_TOKEN', fields: { base: there.url } }, { auth: 'API_TOKEN', fields: { base: 'http://elsewhere.example.com', token: 'x' } }, { auth: 'BASIC', fields: {} }])
      assert.equal((await admin.raw('POST', `${N}/connections`, { body: { name: 'x', connector: 'okta', ...body } })).status, 400, JSON.stringify(body));
    assert.equal((await admin.raw('PATCH', `${N}/connections/${local.id}`, { body: { version: 1, auth: 'API_TOKEN', fields: { base: there.url, token: 'x' } } })).status, 400);
    assert.ok(!JSON.stringify([await admin.get(`${N}/connections?limit=200`), here.stderr, here.stdout]).includes(token));
  });

  test('cards read and change the other organisation, and nothing of this one', async () => {
    const ada = await addPerson(other, 'ada@example.com', { firstName: 'Ada' });
    assert.equal((await l.run('okta:readUser', { set: { 'ID or Login': 'ada@example.com' } })).ID, ada.id);
    const g = await l.run('okta:createGroup', { set: { Name: 'Over there', Description: 'ä' } });
    assert.equal((await other.get(`/api/v1/groups/${g.ID}`)).profile.description, 'ä');
    assert.equal((await admin.raw('GET', `/api/v1/groups/${g.ID}`)).status, 404);
    for (const card of ['addNewUserToGroup', 'removeUserFromGroup']) assert.equal((await l.run(`okta:${card}`, { set: { 'Group/id': g.ID, 'User/id': ada.id } })).status, 204);
    const me = await l.run('okta:hTTPRequest', { set: { 'Relative URL': `${there.url}/api/v1/users/me`, Query: { a: 'b c' } } });
    assert.equal(me.Body.id, (await other.get('/api/v1/users/me')).id);
    const missing = await l.fails('okta:readUser', { set: { 'ID or Login': 'nobody@example.com' } });
    assert.deepEqual([missing.code, missing.message], [404, 'Not Found']);
    assert.match(JSON.stringify(missing.card), /E0000007/);
    assert.match((await l.fails('okta:hTTPRequest', { set: { 'Relative URL': `${here.url}/api/v1/users/me` } })).message, /Relative URL/);
  });

  test('a stream follows the links of the other server', async () => {
    for (let i = 0; i < 5; i++) await other.post('/api/v1/users?activate=false', { profile: { login: `s${i}@example.com`, email: `s${i}@example.com`, firstName: 'S', lastName: 'T' } });
    const helper = await l.on(await l.flow('Each', [l.card('control:callable', 'h', { add: [{ key: 'Record', type: 'object' }] })]));
    const one = l.card('okta:hTTPRequest', 'one', { connectionId: l.connectionId, options: { requestType: 'GET (Streaming)' },
      set: { 'Relative URL': `/api/v1/users?limit=2&search=${encodeURIComponent('status eq "STAGED"')}`, 'Streaming/Flow': helper.id } });
    const flow = await l.flow('Stream', resolve([l.card('http:delegated', 'start'), one]));
    const run = await runOver(admin, await l.start(flow));
    assert.equal((await cardsOf(admin, run.id))[1].out['Records Streamed'], 5, JSON.stringify(run.error));
  });

  test('a server that limits calls is asked again when it says, with the same key; one that refuses is not', async () => {
    const c = await connect({ base: web.url, token: 'secret-token' });
    const keys = [];
    web.handle = (q, r) => {
      keys.push(q.headers['idempotency-key']);
      assert.equal(q.headers.authorization, 'SSWS secret-token');
      if (keys.length === 1) r.json(429, { errorCode: 'E0000047' }, { 'x-rate-limit-reset': `${Math.floor(Date.now() / 1000)}` });
      else r.json(200, { id: '00g1', profile: { name: 'x' } });
    };
    const made = await l.run('okta:createGroup', { connectionId: c.id, set: { Name: 'x' } });
    assert.equal(made.ID, '00g1');
    assert.equal(keys.length, 2);
    assert.ok(keys[0] && keys[0] === keys[1]);
    web.handle = (q, r) => { keys.push(1); r.json(403, { errorCode: 'E0000006', errorSummary: 'no' }); };
    const refused = await l.fails('okta:createGroup', { connectionId: c.id, set: { Name: 'x' } });
    assert.deepEqual([refused.code, refused.message, keys.length], [403, 'Forbidden', 3]);
    assert.match(JSON.stringify(refused.card), /E0000006/);
    assert.ok(!JSON.stringify(refused).includes('secret-token'));
  });

  test('an answer that is no JSON, links to elsewhere and a server that is not there end the card with a sentence', async () => {
    const c = await connect({ base: web.url, token: 't' });
    web.handle = (q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    assert.match((await l.fails('okta:readUser', { connectionId: c.id, set: { 'ID or Login': 'x' } })).message, /JSON|line 1/i);
    let n = 0;
    web.handle = (q, r) => { n++; r.json(200, [{ id: '00u1', profile: {} }], { link: '<http://127.0.0.1:1/api/v1/users?after=x>; rel="next"' }); };
    assert.equal((await l.run('okta:listUsersWithSearch', { connectionId: c.id, options: { resultSet: 'All Matching Records' }, set: { status: 'ACTIVE' } })).Users.length, 1);
    assert.equal(n, 1, 'credentials do not follow a link to another server');
    const gone = await connect({ base: 'http://127.0.0.1:9', token: 't' });
    assert.match((await l.fails('okta:readUser', { connectionId: gone.id, set: { 'ID or Login': 'x' } })).message, /127\.0\.0\.1/);
  });

  test('client credentials get a token once and use it for the calls', async () => {
    const c = await connect({ base: web.url, clientId: '0oa1', clientSecret: 'client-secret', scope: 'okta.users.read' }, 'CLIENT_CREDENTIALS');
    const asked = [];
    web.handle = (q, r) => {
      if (q.path === '/oauth2/v1/token') { asked.push(q.body); r.json(200, { access_token: 'token-1', token_type: 'Bearer', expires_in: 3600 }); } else r.json(q.headers.authorization === 'Bearer token-1' ? 200 : 401, { id: '00u1', status: 'ACTIVE', profile: { login: 'x' } });
    };
    for (let i = 0; i < 2; i++) assert.equal((await l.run('okta:readUser', { connectionId: c.id, set: { 'ID or Login': 'x' } })).ID, '00u1');
    assert.match(asked[0], /grant_type=client_credentials/);
    assert.match(asked[0], /scope=okta\.users\.read/);
  });
});

test('after a crash a call of this organisation is repeated and happens once; one that went to another server waits for a person', async () => {
  const web = await startService();
  const options = { config: { 'client.allow': web.allow } };
  let s = await startReeve(options);
  try {
    const token = await apiToken(await firstAdministrator(s));
    let admin = new Client(s.url, { token });
    const here = await admin.post(`${N}/connections`, { name: 'Here', connector: 'okta' });
    const there = await admin.post(`${N}/connections`, { name: 'There', connector: 'okta', auth: 'API_TOKEN', fields: { base: web.url, token: 't', plainHttp: 'Yes' } });
    const l = await lab(admin, here.id);
    const create = l.card('okta:createGroup', 'create', { connectionId: here.id, set: { Name: 'Only one' } });
    const flows = {};
    for (const type of ['GET', 'POST']) flows[type] = await l.flow(type, resolve([l.card('http:delegated', 'start'), { ...create, inputs: create.inputs.map((p) => (p.key === 'Name' ? { ...p, value: `Only one ${type}` } : p)) },
      l.card('okta:hTTPRequest', 'call', { connectionId: there.id, options: { requestType: type }, set: { 'Relative URL': `/api/v1/${type}` } })]));
    web.handle = (q, r) => { r.open = true; }; // no answer
    const runs = {};
    for (const type of ['GET', 'POST']) runs[type] = await l.start(flows[type]);
    await until(() => web.calls.length === 2, 'both calls');
    await s.kill();
    web.handle = (q, r) => r.json(200, { ok: true });
    s = await restart(s, options);
    admin = new Client(s.url, { token });
    assert.equal((await runOver(admin, runs.GET)).status, 'SUCCEEDED');
    const held = await until(async () => { const r = await admin.get(`${N}/runs/${runs.POST}`); return r.status === 'WAITING' ? r : null; }, 'the run to wait');
    assert.equal(web.calls.filter((c) => c.method === 'POST').length, 1, 'it is not sent twice by itself');
    await admin.post(`${N}/runs/${held.id}/resend`, {});
    assert.equal((await runOver(admin, runs.POST)).status, 'SUCCEEDED');
    const posts = web.calls.filter((c) => c.method === 'POST');
    assert.equal(posts.length, 2);
    assert.ok(posts[0].headers['idempotency-key'] && posts[0].headers['idempotency-key'] === posts[1].headers['idempotency-key']);
    for (const type of ['GET', 'POST']) assert.equal((await admin.get(`/api/v1/groups?search=${encodeURIComponent(`profile.name eq "Only one ${type}"`)}`)).length, 1, type);
  } finally {
    await s.stop();
    removeDir(s);
    await web.stop();
  }
});
