// What somebody with bad intentions does to a running server: text that should break out of where it is put (mails,
// headers, logs, searches, files), and connections that should use it up.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { startReeve, firstAdministrator, addPerson, signIn, apiToken, until, Client } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { badgeScenario, submitBadge, step, decide, mails, requestWhen, runEnded, N } from '../lib/badge.mjs';

let s, token, b, port;
const utf8 = new TextDecoder('utf-8', { fatal: true });
/** The bytes of an answer as text; fails when they are no UTF-8. */
const exactText = async (path) => {
  const r = await fetch(s.url + path, { headers: { authorization: `SSWS ${token.token}` } });
  return { status: r.status, text: utf8.decode(Buffer.from(await r.arrayBuffer())) };
};
before(async () => {
  s = await startReeve();
  const admin = await firstAdministrator(s);
  token = new Client(s.url, { token: await apiToken(admin) });
  b = await badgeScenario(token, s);
  port = Number(new URL(s.url).port);
});
after(() => s?.stop());

describe('text that breaks out', () => {
  const nasty = '"; DROP TABLE request; --\r\nBcc: evil@example.com\r\n\r\n=HYPERLINK("x") {{{building}}} {{subject}} <script>alert(1)</script> \u202etxt.exe % _ \\ \u{1f600}';
  const oneLine = nasty.replaceAll(/[\r\n]+/g, ' ');
  test('answers, subjects and names arrive in mails as text: no header, no markup, no template comes of them', async () => {
    const rolf = await addPerson(token, 'rolf@example.com', { firstName: '<b>Rolf</b>', lastName: '{{{x}}} "R"', managerId: 'mona@example.com' });
    const asRolf = await signIn(s, 'rolf@example.com');
    const r = await asRolf.post(`${N}/requests`, { requestTypeId: b.type.id, subject: oneLine.slice(0, 250), answers: { q1: nasty, q2: b.items[0].id, q3: '2027-01-31' } });
    assert.equal(step(r, 'q1').answerText, nasty, 'kept as typed');
    assert.equal(r.requester.id, rolf.id);
    await decide(b.manager, r, 't1', 'APPROVED', nasty);
    const now = await requestWhen(token, r.id, (x) => step(x, 'a1').state === 'COMPLETED' && step(x, 't2').state === 'OPEN', 'the action');
    await runEnded(token, step(now, 'a1').runId);
    const all = (await mails(token)).filter((m) => m.requestId === r.id || m.runId === step(now, 'a1').runId);
    assert.ok(all.length >= 3, JSON.stringify(all.map((m) => m.subject)));
    for (const m of all) {
      const full = await token.get(`${N}/mails/${m.id}`);
      assert.doesNotMatch(full.subject, /[\r\n]/);
      assert.ok(!/evil@example\.com/.test(JSON.stringify([full.to, full.cc, full.bcc, full.from])), JSON.stringify(full));
      assert.doesNotMatch(full.html ?? '', /<script|<b>Rolf/);
    }
    const flowMail = all.find((m) => m.runId);
    const text = (await token.get(`${N}/mails/${flowMail.id}`)).text;
    assert.ok(text.includes('{{{building}}} {{subject}}'), 'what looks like a template in an answer stays as it is');
    assert.ok(text.includes('{{{x}}}') || text.includes('<b>Rolf</b>'), text);
  });
  test('line breaks in what people send make no line in the server\'s log', async () => {
    await token.raw('POST', `${N}/folders`, { body: { name: 'x\n2030-01-01T00:00:00.000Z error forged.event msg=x' } });
    await token.raw('GET', `${N}/requests?status=${encodeURIComponent('x\n2030-01-01T00:00:00.000Z error forged.event')}`);
    await token.raw('GET', `/api/v1/users/${encodeURIComponent('x\n2030-01-01T00:00:00.000Z error forged.event')}`);
    assert.doesNotMatch(s.stderr, /^2030/m);
  });
  test('no name of a stranger who signs in keeps the system log from being read', async () => {
    const odd = ['a'.repeat(199) + 'éé', 'b'.repeat(198) + '\u{1f600}', '"\\', '</script>', '\u202e', 'x'.repeat(5000)];
    for (const login of odd) assert.ok([401, 429].includes((await new Client(s.url).form('/sign-in', { login, password: 'x' })).status));
    for (const order of ['ASCENDING', 'DESCENDING']) {
      const r = await exactText(`/api/v1/logs?limit=1000&sortOrder=${order}`);
      assert.equal(r.status, 200, r.text.slice(0, 300));
      const failed = JSON.parse(r.text).filter((e) => e.eventType === 'user.session.start' && e.outcome.result === 'FAILURE');
      assert.ok(failed.length >= odd.length, `${failed.length}`);
    }
  });
  test('a refusal is UTF-8, wherever what was sent is cut', async () => {
    for (let pad = 0; pad < 4; pad++) {
      const key = 'k'.repeat(pad) + 'é€\u{1f600}'.repeat(60);
      for (const [path, body] of [[`${N}/folders`, { [key.slice(0, 80)]: 1 }], [`${N}/requests`, { requestTypeId: b.type.id, answers: { [key.slice(0, 80)]: 1 } }], ['/api/v1/users', { profile: { [key.slice(0, 80)]: 1 } }], [`${N}/flows/${b.flow.id}/activate`, { [key.slice(0, 80)]: 1 }]]) {
        const r = await fetch(s.url + path, { method: 'POST', headers: { authorization: `SSWS ${token.token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
        assert.equal(r.status, 400, path);
        JSON.parse(utf8.decode(Buffer.from(await r.arrayBuffer())));
      }
    }
  });
  test('searches take % and _ and \\ as letters', async () => {
    const folder = await token.post(`${N}/folders`, { name: '100% _done_ a\\b' });
    await token.post(`${N}/folders`, { name: 'plain words' });
    const flow = await token.post(`${N}/flows`, { name: '50%_\\ flow', folderId: folder.id });
    await token.post(`${N}/connections`, { name: '7%', connector: 'okta' });
    await token.post(`${N}/config-lists`, { name: '8%', listType: 'CUSTOM' });
    await token.post(`${N}/teams`, { name: '9%' });
    const names = async (path) => (await token.get(`${N}/${path}`)).data.map((x) => x.name);
    for (const q of ['%25', '_', '%5C']) assert.deepEqual(await names(`folders?q=${q}`), [folder.name], q);
    for (const q of ['%25_', '_', '%5C', '%25_%5C']) assert.deepEqual(await names(`flows?q=${q}`), [flow.name], q);
    assert.deepEqual(await names('connections?q=%25'), ['7%']);
    assert.deepEqual(await names('config-lists?q=%25'), ['8%']);
    assert.deepEqual(await names('teams?q=%25'), ['9%']);
    assert.deepEqual((await token.get(`${N}/runs?q=%25`)).data, []);
    assert.deepEqual((await token.get(`${N}/resource-types/users/items?q=%25`)).data, []);
    assert.deepEqual((await token.get(`${N}/people?q=%25`)).data, []);
    assert.deepEqual((await token.get(`${N}/delegated-flows?q=%25`)).data, []);
    assert.deepEqual((await token.get(`${N}/requests?q=${encodeURIComponent('%%%')}`)).data, []);
  });
  test('an odd name is a harmless name of a file', async () => {
    const folder = await token.post(`${N}/folders`, { name: 'files' });
    for (const name of ['a"; filename="b.exe', '../../etc/passwd', 'x/y\\z', '\u202egpj.exe', '%0d%0aX: y', 'é'.repeat(100)]) {
      const flow = await token.post(`${N}/flows`, { name, folderId: folder.id });
      const r = await token.raw('GET', `${N}/flows/${flow.id}/export`);
      assert.match(r.headers.get('content-disposition'), /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%-]+$/, name);
    }
  });
  test('a name that is cut for a copy is cut between letters', async () => {
    const folder = await token.post(`${N}/folders`, { name: 'copies' });
    const flow = await token.post(`${N}/flows`, { name: `x${'é'.repeat(150)}`, folderId: folder.id });
    const copy = await token.post(`${N}/flows/${flow.id}/duplicate`, {});
    assert.match(copy.name, /^xé+ \(copy\)$/);
    assert.ok((await exactText(`${N}/flows?folderId=${folder.id}`)).text.includes(copy.name));
  });
});

describe('values inside values', () => {
  const nested = (n) => { let v = 1; for (let i = 0; i < n; i++) v = i % 2 ? [v] : { a: v }; return v; };
  test('a flow with the deepest value that a body may hold is stored, read, exported and run', async () => {
    const folder = await token.post(`${N}/folders`, { name: 'deep' });
    const card = await cardMaker(token);
    const make = (n) => token.raw('POST', `${N}/flows`, { body: { name: `deep ${n}`, folderId: folder.id, cards: resolve([card('http:delegated', 'start', {}), card('object:keys', 'keys', { set: { object: nested(n) } })]) } });
    let deepest = 0;
    for (let n = 40; n < 70; n++) {
      const r = await make(n);
      if (r.status !== 201) {
        assert.equal(r.status, 400, r.text);
        break;
      }
      deepest = n;
      assert.equal((await token.raw('GET', `${N}/flows/${r.json.id}`)).status, 200);
      assert.equal((await token.raw('GET', `${N}/flows/${r.json.id}/export`)).status, 200, `${n}`);
      const { runId } = await token.post(`${N}/flows/${r.json.id}/test`, { inputs: {} }, [202]);
      await runEnded(token, runId);
      assert.equal((await token.raw('GET', `${N}/runs/${runId}/cards`)).status, 200);
    }
    assert.ok(deepest > 50);
  });
  test('a flow that puts objects into objects without end ends, and the server does not', async () => {
    const folder = await token.post(`${N}/folders`, { name: 'deeper' });
    const card = await cardMaker(token);
    const cards = [card('http:delegated', 'start', {})];
    for (let i = 0; i < 100; i++) cards.push(card('object:construct', `c${i}`, { add: [{ key: 'inner', label: 'inner', type: 'any' }], link: i > 0 ? { inner: `c${i - 1}.output` } : {} }));
    const flow = await token.post(`${N}/flows`, { name: 'deeper', folderId: folder.id, cards: resolve(cards) });
    const { runId } = await token.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
    const run = await runEnded(token, runId);
    assert.equal(run.status, 'FAILED', JSON.stringify(run));
    assert.match(run.error.message, /value\.depth/);
    assert.equal((await token.raw('GET', `${N}/runs/${runId}/cards`)).status, 200);
  });
});

describe('connections that use the server up', () => {
  const raw = (data) => new Promise((resolve) => {
    const c = connect(port, '127.0.0.1', () => c.write(data));
    let out = '';
    c.on('data', (d) => { out += d.toString('latin1'); });
    c.on('close', () => resolve(out));
    c.on('error', () => resolve(out));
  });
  test('a person who loads the page again and again keeps the newest streams, and everybody else is served', async () => {
    const stop = new AbortController();
    const streams = [];
    for (let i = 0; i < 100; i++) {
      const r = await fetch(`${s.url}${N}/live`, { headers: { authorization: `SSWS ${token.token}` }, signal: stop.signal });
      assert.equal(r.status, 200);
      const reader = r.body.getReader();
      const one = { over: false };
      (async () => { while (!(await reader.read()).done) continue; one.over = true; })().catch(() => {});
      streams.push(one);
    }
    await until(() => streams.slice(0, 68).every((x) => x.over), 'the older streams to end');
    assert.ok(streams.slice(68).every((x) => !x.over));
    assert.equal((await b.requester.raw('GET', `${N}/session`)).status, 200);
    stop.abort();
  });
  test('many requests in one go are answered in order, up to the limit of a connection', async () => {
    const out = await raw(`${'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50)}GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.equal(out.match(/HTTP\/1\.1 200/g).length, 51);
  });
  test('a body that is announced too large is refused before it is sent, and the connection ends', async () => {
    const out = await raw(`POST ${N}/folders HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: SSWS ${token.token}\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n`);
    assert.match(out, /^HTTP\/1\.1 413 /);
    assert.match(out, /"errorCode":"E0000020"/);
  });
  test('after wrong passwords from one address the right one has to wait, and sessions that are open go on', async () => {
    const statuses = [];
    for (let i = 0; i < 25; i++) statuses.push((await new Client(s.url).form('/sign-in', { login: `guess${i}@example.com`, password: 'x' })).status);
    assert.ok(statuses.includes(429));
    assert.equal((await b.requester.raw('GET', `${N}/session`)).status, 200);
  });
});
test('the server has seen no defect', () => assert.doesNotMatch(s.stderr, /Sanitizer|runtime error|http\.unasked/));
