// The page that a link in a mail opens: it asks for a session, shows what is asked, and decides by its form alone.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, signIn, until, Client } from '../lib/reeve.mjs';

const N = '/reeve/api/v1';
describe('deciding from a mail', () => {
  let s, admin, request, path;
  const read = () => admin.get(`${N}/requests/${request.id}`);
  const approval = (r) => r.steps.find((x) => x.id === 't1');
  /** Sends the page's own form. */
  const send = async (client, fields, change = {}) => {
    const page = await client.raw('GET', path);
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    return client.raw('POST', path, { headers: { origin: s.url }, type: 'application/x-www-form-urlencoded', body: new URLSearchParams({ csrf, ...fields, ...change }).toString() });
  };
  before(async () => {
    s = await startReeve({ sample: true });
    admin = await firstAdministrator(s);
    request = (await admin.get(`${N}/requests?view=inbox`)).data[0];
    const mail = await until(async () => {
      for (const m of (await admin.get(`${N}/mails?limit=200`)).data) {
        const link = /\/decide\/[\w.~-]+/.exec((await admin.get(`${N}/mails/${m.id}`)).text);
        if (link) return link[0];
      }
      return null;
    }, 'a mail with a link');
    path = mail;
  });
  after(() => s?.stop());

  test('without a session it leads to sign-in and back', async () => {
    const r = await new Client(s.url).raw('GET', path);
    assert.equal(r.status, 303);
    assert.equal(r.headers.get('location'), `/sign-in?return_to=${path}`);
    const post = await new Client(s.url).raw('POST', path, { headers: { origin: s.url }, type: 'application/x-www-form-urlencoded', body: 'value=APPROVED' });
    assert.ok([303, 403].includes(post.status));
    assert.equal(approval(await read()).state, 'OPEN');
  });
  test('it shows the answers and who asks, escaped and without script', async () => {
    const r = await admin.raw('GET', path);
    assert.equal(r.status, 200);
    for (const text of ['Badge access, Building 4', 'Sam Sample', 'Moving the test lab to Building 4', 'Manager approval', 'value="APPROVED"', 'value="DENIED"']) assert.ok(r.text.includes(text), text);
    assert.doesNotMatch(r.text, /<script|\son\w+=|\sstyle=/);
    assert.equal(r.headers.get('cache-control'), 'no-store');
    assert.equal(approval(await read()).state, 'OPEN', 'opening it decides nothing');
  });
  test('a person who may not see the request sees nothing', async () => {
    await admin.post('/api/v1/users?activate=true', { profile: { login: 'eve@example.com', email: 'eve@example.com', firstName: 'Eve', lastName: 'Else' }, credentials: { password: { value: 'correct horse battery staple 7' } } });
    const eve = await signIn(s, 'eve@example.com');
    const r = await eve.raw('GET', path);
    assert.equal(r.status, 404);
    assert.doesNotMatch(r.text, /Badge|Sam Sample/);
    assert.equal((await eve.raw('GET', `${path}x`)).status, 404);
  });
  test('a form from elsewhere, without its token, without a choice or a denial without a reason decides nothing', async () => {
    assert.equal((await send(admin, { value: 'APPROVED' }, { csrf: 'x' })).status, 403);
    assert.equal((await admin.raw('POST', path, { headers: { origin: 'https://evil.example' }, type: 'application/x-www-form-urlencoded', body: `csrf=${admin.csrf}&value=APPROVED` })).status, 403);
    assert.equal((await send(admin, { note: 'x' })).status, 400);
    assert.equal((await send(admin, { value: 'MAYBE' })).status, 400);
    const r = await send(admin, { value: 'DENIED', note: '  ' });
    assert.equal(r.status, 400);
    assert.match(r.text, /role="alert"/);
    assert.equal(approval(await read()).state, 'OPEN');
  });
  test('approving it is the same decision as in the application, and a second one is told who was first', async () => {
    const r = await send(admin, { value: 'APPROVED', note: 'fine <b>with</b> me' });
    assert.equal(r.status, 200);
    assert.match(r.text, /Approved/);
    assert.match(r.text, /fine &lt;b&gt;with&lt;\/b&gt; me/);
    const t1 = approval(await read());
    assert.equal(t1.decision, 'APPROVED');
    assert.equal(t1.note, 'fine <b>with</b> me');
    const again = await admin.raw('GET', path);
    assert.equal(again.status, 200);
    assert.match(again.text, /Approved[\s\S]*Reeve Administrator/);
    assert.doesNotMatch(again.text, /<form/);
    const late = await admin.raw('POST', path, { headers: { origin: s.url }, type: 'application/x-www-form-urlencoded', body: new URLSearchParams({ csrf: admin.csrf, value: 'DENIED', note: 'late' }).toString() });
    assert.ok([409, 403].includes(late.status), `${late.status}`);
    assert.equal(approval(await read()).decision, 'APPROVED');
  });
});
