// Signing in and out, the set-up link, who I am, preferences, limits, pickers, search, live events.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { startReeve, firstAdministrator, adminPassword, addPerson, signIn, apiToken, until, reeve, Client } from '../lib/reeve.mjs';

const N = '/reeve/api/v1';
let s, admin, token;
before(async () => {
  s = await startReeve({ config: { 'rate.api': 0 } });
});
after(() => s?.stop());

describe('the set-up link', () => {
  const path = () => s.setupLink.slice(s.url.length);
  test('it shows a form without script', async () => {
    const r = await new Client(s.url).raw('GET', path());
    assert.equal(r.status, 200);
    assert.doesNotMatch(r.text, /<script/);
    assert.match(r.text, /name="password2"/);
  });
  test('a short password, two different ones and one with the product name are refused on the page, and the link stays good', async () => {
    const c = new Client(s.url);
    for (const [password, password2] of [['too short', 'too short'], [adminPassword, `${adminPassword}x`], ['reeve reeve reeve reeve', 'reeve reeve reeve reeve'], ['', '']]) {
      const r = await c.form(path(), { password, password2 });
      assert.equal(r.status, 400, password);
      assert.match(r.text, /role="alert"/);
    }
    assert.equal((await c.raw('GET', path())).status, 200);
  });
  test('it works once, opens a session, and is over afterwards', async () => {
    const other = new Client(s.url);
    const late = await other.raw('GET', path()); // open in another window when the link is used
    admin = await firstAdministrator(s);
    assert.equal((await admin.get(`${N}/session`)).superAdmin, true);
    const gone = await new Client(s.url).raw('GET', path());
    assert.equal(gone.status, 404);
    assert.match(gone.text, /link is over/);
    const csrf = /name="csrf" value="([^"]+)"/.exec(late.text)[1];
    const body = new URLSearchParams({ csrf, token: path().split('=')[1], password: adminPassword, password2: adminPassword }).toString();
    const again = await other.raw('POST', '/setup', { headers: { origin: s.url, cookie: late.headers.getSetCookie()[0].split(';')[0] }, type: 'application/x-www-form-urlencoded', body });
    assert.equal(again.status, 404);
    token = new Client(s.url, { token: await apiToken(admin) });
  });
  test('an unknown token is answered like a used one', async () => {
    assert.equal((await new Client(s.url).raw('GET', '/setup?token=nonsense')).status, 404);
    assert.equal((await new Client(s.url).raw('GET', '/setup')).status, 404);
  });
});

describe('signing in', () => {
  before(() => addPerson(token, 'ada@example.com', { firstName: 'Ada', lastName: 'Example' }));
  test('the right password opens a session with a cookie that scripts and other sites do not get', async () => {
    const c = new Client(s.url);
    const r = await c.form('/sign-in', { login: 'ada@example.com', password: adminPassword });
    assert.equal(r.status, 303);
    assert.equal(r.headers.get('location'), '/');
    const cookie = r.headers.getSetCookie().find((x) => x.startsWith('reeve='));
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.match(cookie, /; Path=\//);
    assert.doesNotMatch(cookie, /Domain|Expires|Max-Age/);
  });
  test('a wrong password and an unknown name are answered alike', async () => {
    const bodies = [];
    for (const login of ['ada@example.com', 'nobody@example.com']) {
      const r = await new Client(s.url).form('/sign-in', { login, password: 'this is not the password' });
      assert.equal(r.status, 401);
      assert.deepEqual(r.headers.getSetCookie().filter((x) => x.startsWith('reeve=')), []);
      bodies.push(r.text.replaceAll(login, 'X').replaceAll(/value="[^"]*"/g, ''));
    }
    assert.equal(bodies[0], bodies[1]);
  });
  test('what was typed comes back escaped', async () => {
    const r = await new Client(s.url).form('/sign-in', { login: '"><script>alert(1)</script>', password: 'x' });
    assert.doesNotMatch(r.text, /<script/);
    assert.match(r.text, /&lt;script&gt;/);
  });
  test('one goes where one came from, but never to another server', async () => {
    const to = async (return_to) => (await new Client(s.url).form('/sign-in', { login: 'ada@example.com', password: adminPassword, return_to })).headers.get('location');
    assert.equal(await to('/requests/7?from=mail'), '/requests/7?from=mail');
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '/a\r\nSet-Cookie: x=y']) assert.equal(await to(bad), '/', bad);
  });
  test('signing out ends the session on the server', async () => {
    const c = await signIn(s, 'ada@example.com');
    const old = c.cookie;
    const r = await c.raw('DELETE', `${N}/session`);
    assert.equal(r.status, 204);
    assert.match(r.headers.getSetCookie()[0], /^reeve=; .*Max-Age=0/);
    c.cookie = old;
    assert.equal((await c.raw('GET', `${N}/session`)).status, 403);
  });
  test('a deactivated person is out with the next request', async () => {
    const eve = await addPerson(token, 'eve@example.com');
    const c = await signIn(s, 'eve@example.com');
    await token.post(`/api/v1/users/${eve.id}/lifecycle/deactivate`, {});
    assert.equal((await c.raw('GET', `${N}/session`)).status, 403);
    assert.equal((await new Client(s.url).form('/sign-in', { login: 'eve@example.com', password: adminPassword })).status, 401);
  });
  test('a link from a mail asks for sign-in first', async () => {
    const r = await new Client(s.url).raw('GET', '/decide/abc');
    assert.equal(r.status, 303);
    assert.equal(r.headers.get('location'), '/sign-in?return_to=/decide/abc');
  });
});

describe('who I am', () => {
  test('the session tells an administrator everything the application starts with', async () => {
    const me = await admin.get(`${N}/session`);
    assert.deepEqual(Object.keys(me), ['principal', 'superAdmin', 'administrator', 'permissions', 'teams', 'features', 'csrf', 'zone', 'organisation', 'sample', 'mailConfigured']);
    assert.equal(me.principal.kind, 'USER');
    assert.equal(me.administrator, true);
    assert.ok(me.permissions.includes('reeve.flows.read') && me.permissions.includes('okta.users.read'));
    assert.match(me.organisation.id, /^00o/);
    assert.equal(me.organisation.baseUrl, s.url);
    assert.equal(me.sample, false);
    assert.equal(me.mailConfigured, false);
  });
  test('an ordinary person has no permissions and is told the teams', async () => {
    const c = await signIn(s, 'ada@example.com');
    const me = await c.get(`${N}/session`);
    assert.equal(me.superAdmin, false);
    assert.equal(me.administrator, false);
    assert.deepEqual(me.permissions, []);
    assert.deepEqual(me.teams, []);
    const team = await token.post(`${N}/teams`, { name: 'Callers', description: '', icon: 'it', colour: 'blue' });
    await token.put(`${N}/teams/${team.id}/members/${me.principal.id}`, {}, [200, 204]);
    assert.deepEqual((await c.get(`${N}/session`)).teams, [{ id: team.id, name: 'Callers' }]);
  });
  test('an API token has no browser session to end', async () => {
    assert.equal((await token.get(`${N}/session`)).csrf, '');
    assert.equal((await token.raw('DELETE', `${N}/session`)).status, 409);
  });
});

describe('preferences', () => {
  test('they are one\'s own, start with defaults, and a stale change is refused', async () => {
    const ada = await signIn(s, 'ada@example.com');
    const first = await ada.get(`${N}/preferences`);
    assert.deepEqual(first, { version: 1, language: null, singleKeys: true, theme: 'system', notices: {} });
    const next = await ada.patch(`${N}/preferences`, { version: 1, language: 'de', theme: 'dark', notices: { N1: false } });
    assert.deepEqual(next, { version: 2, language: 'de', singleKeys: true, theme: 'dark', notices: { N1: false } });
    assert.equal((await ada.raw('PATCH', `${N}/preferences`, { body: { version: 1, singleKeys: false } })).status, 409);
    assert.deepEqual(await ada.patch(`${N}/preferences`, { version: 2, language: null, singleKeys: false }), { ...next, version: 3, language: null, singleKeys: false });
    assert.equal((await admin.get(`${N}/preferences`)).version, 1);
  });
  test('bad values are refused by name', async () => {
    for (const [body, field] of [[{ version: 1, theme: 'pink' }, 'theme'], [{ version: 1, language: 'fr' }, 'language'], [{ theme: 'dark' }, 'version'], [{ version: 1, notices: { N1: 'no' } }, 'notices'], [{ version: 1, colour: 1 }, 'colour']]) {
      const r = await admin.raw('PATCH', `${N}/preferences`, { body });
      assert.equal(r.status, 400);
      assert.ok(r.json.errorCauses.some((c) => c.location === `/${field}`), field);
    }
  });
});

describe('looking things up', () => {
  test('every limit has a name, a value and a unit', async () => {
    const { data } = await admin.get(`${N}/limits`);
    const names = data.map((l) => l.name);
    assert.equal(new Set(names).size, names.length);
    for (const n of ['api.body', 'flow.cards', 'team.name', 'requestType.steps']) assert.ok(names.includes(n), n);
    for (const l of data) assert.ok(Number.isInteger(l.value) && l.unit && l.help, l.name);
  });
  test('people are found by part of their name, at most 20, with id, name and e-mail alone', async () => {
    const ada = await signIn(s, 'ada@example.com');
    const { data } = await ada.get(`${N}/people?q=exam`);
    assert.ok(data.length > 0 && data.length <= 20);
    assert.deepEqual(Object.keys(data[0]), ['id', 'name', 'email']);
    assert.ok(data.some((p) => p.name === 'Ada Example'));
    assert.deepEqual((await ada.get(`${N}/people?q=zzzzzz`)).data, []);
  });
  test('the palette finds what the caller may see, and nothing else', async () => {
    const folder = await token.post(`${N}/folders`, { name: 'Search' });
    const flow = await token.post(`${N}/flows`, { name: 'Findable flow', folderId: folder.id });
    const hits = (await admin.get(`${N}/search?q=findable`)).data;
    assert.deepEqual(hits, [{ kind: 'FLOW', id: flow.id, name: 'Findable flow', detail: 'Search', href: `/flows/${flow.id}` }]);
    const ada = await signIn(s, 'ada@example.com');
    assert.deepEqual((await ada.get(`${N}/search?q=findable`)).data, []);
    assert.deepEqual((await ada.get(`${N}/search?q=`)).data, []);
    const person = (await admin.get(`${N}/search?q=ada`)).data.find((h) => h.kind === 'PERSON');
    assert.equal(person.name, 'Ada Example');
  });
});

/** Reads a stream of server-sent events until fn gives something true. */
async function listen(client, { lastId } = {}) {
  const stop = new AbortController();
  const headers = { cookie: client.cookie ?? '', ...(client.token ? { authorization: `SSWS ${client.token}` } : {}), ...(lastId ? { 'last-event-id': lastId } : {}) };
  const r = await fetch(`${s.url}${N}/live`, { headers, signal: stop.signal });
  const events = [];
  const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
  (async () => {
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const e = Object.fromEntries(text.slice(0, end).split('\n').map((l) => l.split(/: (.*)/)));
        if (e.data) events.push({ id: e.id, event: e.event, data: JSON.parse(e.data) });
        text = text.slice(end + 2);
      }
    }
  })().catch(() => {});
  return { status: r.status, type: r.headers.get('content-type'), events, close: () => stop.abort() };
}
describe('live events', () => {
  let flow;
  const runFlow = async () => (await token.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202])).runId;
  before(async () => {
    const { cardMaker, resolve } = await import('../lib/flows.mjs');
    const card = await cardMaker(token);
    const folder = await token.post(`${N}/folders`, { name: 'Live' });
    flow = await token.post(`${N}/flows`, { name: 'Live', folderId: folder.id, cards: resolve([card('http:delegated', 'start', {}), card('string:concat', 'text', { set: { string1: 'a', string2: 'b' } })]) });
  });
  test('a run that starts and ends is told to those who may see it, and to nobody else', async () => {
    const ada = await signIn(s, 'ada@example.com');
    const mine = await listen(admin), hers = await listen(ada);
    assert.equal(mine.status, 200);
    assert.match(mine.type, /^text\/event-stream/);
    const id = await runFlow();
    await until(() => mine.events.some((e) => e.event === 'run' && e.data.id === id), 'the event of the run');
    const other = await runFlow();
    await until(() => mine.events.some((e) => e.data.id === other), 'the next run');
    assert.deepEqual(hers.events, []);
    mine.close();
    hers.close();
  });
  test('who comes back with the last id gets what was missed', async () => {
    const one = await listen(admin);
    const id = await runFlow();
    await until(() => one.events.some((e) => e.data.id === id), 'the event');
    const lastId = one.events.at(-1).id;
    one.close();
    const missed = await runFlow();
    const two = await listen(admin, { lastId });
    await until(() => two.events.some((e) => e.data.id === missed), 'the missed event');
    two.close();
  });
  test('an id of an earlier process tells the client to read everything again', async () => {
    const c = await listen(admin, { lastId: '00000000-5' });
    await until(() => ['request', 'task', 'run', 'sync', 'mail'].every((t) => c.events.some((e) => e.event === t && e.data.id === '')), 'an event of every topic');
    c.close();
  });
  test('without a session there is no stream', async () => {
    assert.equal((await fetch(`${s.url}${N}/live`)).status, 403);
  });
});

test('the command makes a new link only while the first administrator has no password', async () => {
  mkdirSync(`${s.dir}/second`);
  const first = await startReeve({ dir: `${s.dir}/second` });
  await first.kill();
  const r = reeve('setup-link', '--data', `${s.dir}/second/data`);
  assert.equal(r.status, 0, r.stderr);
  assert.match(r.stdout, /\/setup\?token=\S+/);
  const again = await startReeve({ dir: `${s.dir}/second` });
  assert.equal((await new Client(again.url).raw('GET', r.stdout.trim().replace(/^https?:\/\/[^/]+/, ''))).status, 404, 'a newer link ends the older one');
  await firstAdministrator(again);
  await again.kill();
  const refused = reeve('setup-link', '--data', `${s.dir}/second/data`);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /has a password already/);
});
