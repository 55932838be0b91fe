// Configuration lists: items, sharing, and what their changes do to request types.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn, until } from '../lib/reeve.mjs';
import { mails, N } from '../lib/badge.mjs';

const none = 'ffffffffffffffffffffffff';
const causes = (r) => (r.json.errorCauses ?? []).map((c) => c.location);

describe('configuration lists', () => {
  let s, admin, me, anna, asAnna, asBen, team, other;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    me = await admin.get('/api/v1/users/me');
    anna = await addPerson(admin, 'anna@example.com', { firstName: 'Anna' });
    await addPerson(admin, 'ben@example.com', { firstName: 'Ben' });
    asAnna = await signIn(s, 'anna@example.com');
    asBen = await signIn(s, 'ben@example.com');
    team = await admin.post(`${N}/teams`, { name: 'Badge desk' });
    other = await admin.post(`${N}/teams`, { name: 'Parking' });
    for (const t of [team, other]) await admin.put(`${N}/teams/${t.id}/members/${me.id}`, {}, [204]);
    await admin.put(`${N}/teams/${team.id}/members/${anna.id}`, {}, [204]);
  });
  after(() => s?.stop());

  const make = async (name, items = [], teams = []) => {
    const list = await admin.post(`${N}/config-lists`, { name, listType: 'CUSTOM' });
    const made = [];
    for (const i of items) made.push(await admin.post(`${N}/config-lists/${list.id}/items`, { name: i }));
    for (const t of teams) await admin.put(`${N}/config-lists/${list.id}/teams/${t.id}`, undefined, [204]);
    return { ...list, items: made };
  };
  const draft = (name, list, t = team, more = []) => admin.post(`${N}/request-types`, {
    name, description: 'Ask.', icon: 'badge', teamId: t.id, audience: { type: 'EVERYONE' }, autoResolve: false,
    steps: [
      { id: 'q1', kind: 'QUESTION', text: 'Which', inputType: 'DROPDOWN', multi: false, configListId: list.id, required: true, assignTo: { type: 'REQUESTER' } },
      { id: 't1', kind: 'CUSTOM_TASK', text: 'Do it', assignTo: { type: 'REQUEST_ASSIGNEE' } },
      ...more,
    ],
  });
  const publish = (type) => admin.raw('POST', `${N}/request-types/${type.id}/publish`, { body: {} });
  const status = async (type) => (await admin.get(`${N}/request-types/${type.id}`)).status;
  const disabledMails = async (name) => (await mails(admin)).filter((m) => m.subject.includes(name));

  test('AR-44: a request type can use a list only after the list was shared with its team', async () => {
    const list = await make('Buildings', ['Building 1', 'Building 2']);
    const type = await draft('Sharing', list);
    const refused = await publish(type);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /Badge desk.*has no access to list.*Buildings/);
    await admin.put(`${N}/config-lists/${list.id}/teams/${other.id}`, undefined, [204]);
    assert.equal((await publish(type)).status, 400);
    await admin.put(`${N}/config-lists/${list.id}/teams/${team.id}`, undefined, [204]);
    assert.equal((await publish(type)).status, 200);
  });

  test('AR-50: a custom list with items is shared with two teams and feeds a drop-down of each', async () => {
    const list = await make('Floors', ['Ground floor', 'First floor', 'Attic'], [team, other]);
    const seen = await admin.get(`${N}/config-lists/${list.id}`);
    assert.deepEqual(seen.teams.map((t) => t.name), ['Badge desk', 'Parking']);
    assert.deepEqual([seen.listType, seen.resourceType, seen.itemCount, seen.usedBy], ['CUSTOM', null, 3, []]);
    for (const [name, t] of [['Floor badge', team], ['Floor parking', other]]) {
      const type = await draft(name, list, t);
      assert.equal((await publish(type)).status, 200);
      const form = await asBen.get(`${N}/catalogue/${type.id}`);
      assert.deepEqual(form.questions[0].choices.map((c) => c.name), ['Ground floor', 'First floor', 'Attic']);
      const made = await asBen.post(`${N}/requests`, { requestTypeId: type.id, answers: { q1: list.items[2].id } });
      assert.equal(made.steps.find((x) => x.id === 'q1').answerText, 'Attic');
    }
    assert.deepEqual((await admin.get(`${N}/config-lists/${list.id}`)).usedBy.map((t) => t.name).sort(), ['Floor badge', 'Floor parking']);
  });

  test('AR-51: removing an item that an active type uses names the type first, then disables it and mails the owning team', async () => {
    const list = await make('Rooms', ['Lab', 'Cellar', 'Roof'], [team]);
    const type = await draft('Room access', list);
    assert.equal((await publish(type)).status, 200);
    const open = await asBen.post(`${N}/requests`, { requestTypeId: type.id, answers: { q1: list.items[1].id } });
    const path = `${N}/config-lists/${list.id}/items/${list.items[1].id}`;
    const asked = await admin.raw('DELETE', path);
    assert.equal(asked.status, 409);
    assert.match(asked.json.errorSummary, /Room access/);
    assert.equal(await status(type), 'ACTIVE');
    assert.equal((await admin.get(`${N}/config-lists/${list.id}`)).itemCount, 3);
    await admin.delete(`${path}?confirm=true`, [204]);
    const broken = await admin.get(`${N}/request-types/${type.id}`);
    assert.equal(broken.status, 'DISABLED');
    assert.match(JSON.stringify(broken.disabledReasons), /Cellar/);
    const told = await until(async () => { const m = await disabledMails('Room access'); return m.some((x) => x.to.includes('anna@')) && m; }, 'the mail to the team');
    assert.ok(!told.some((m) => m.to.includes('ben@')));
    assert.deepEqual((await admin.get(`${N}/config-lists/${list.id}/items`)).data.map((i) => i.name), ['Lab', 'Roof']);
    // The running request keeps the value it has.
    assert.equal((await asBen.get(`${N}/requests/${open.id}`)).steps.find((x) => x.id === 'q1').answerText, 'Cellar');
    const late = await asBen.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: { q1: list.items[0].id } } });
    assert.ok(late.status === 409 || late.status === 404, late.text);
    assert.equal((await admin.raw('DELETE', path)).status, 404);
    const events = (await admin.get('/api/v1/logs?limit=1000')).map((e) => e.eventType);
    assert.ok(events.includes('reeve.request_type.disable') && events.includes('reeve.config_list.update'));
  });

  test('taking a list away from a team disables the types that use it, and adding is harmless', async () => {
    const list = await make('Gates', ['North'], [team, other]);
    const type = await draft('Gate access', list);
    assert.equal((await publish(type)).status, 200);
    await admin.post(`${N}/config-lists/${list.id}/items`, { name: 'South' });
    await admin.delete(`${N}/config-lists/${list.id}/teams/${other.id}`, [204]);
    assert.equal(await status(type), 'ACTIVE');
    await admin.delete(`${N}/config-lists/${list.id}/teams/${team.id}`, [204]);
    assert.equal(await status(type), 'DISABLED');
    await until(async () => (await disabledMails('Gate access')).length > 0, 'the mail');
  });

  test('a list in use is deleted only with confirmation, and its types become disabled', async () => {
    const list = await make('Doors', ['Front'], [team]);
    const type = await draft('Door access', list);
    assert.equal((await publish(type)).status, 200);
    const asked = await admin.raw('DELETE', `${N}/config-lists/${list.id}`);
    assert.equal(asked.status, 409);
    assert.match(asked.json.errorSummary, /Door access/);
    await admin.delete(`${N}/config-lists/${list.id}?confirm=true`, [204]);
    assert.equal(await status(type), 'DISABLED');
    assert.equal((await admin.raw('GET', `${N}/config-lists/${list.id}`)).status, 404);
    assert.equal((await admin.raw('GET', `${N}/config-lists/${list.id}/items`)).status, 404);
    await make('doors'); // the name is free again
  });

  test('members of a sharing team see a list and keep its items; nobody else knows of it; only administrators make and share', async () => {
    const list = await make('Members only', ['One'], [team]);
    assert.ok((await asAnna.get(`${N}/config-lists?limit=200`)).data.some((l) => l.id === list.id));
    assert.ok(!(await asBen.get(`${N}/config-lists?limit=200`)).data.some((l) => l.id === list.id));
    assert.equal((await asAnna.get(`${N}/config-lists/${list.id}`)).name, 'Members only');
    const two = await asAnna.post(`${N}/config-lists/${list.id}/items`, { name: 'Two', description: 'second' });
    assert.equal((await asAnna.patch(`${N}/config-lists/${list.id}/items/${two.id}`, { version: 1, name: 'Second' })).name, 'Second');
    await asAnna.delete(`${N}/config-lists/${list.id}/items/${two.id}`, [204]);
    for (const [method, path, body] of [
      ['GET', ''], ['GET', '/items'], ['POST', '/items', { name: 'x' }], ['PATCH', '', { version: 1, name: 'x' }], ['DELETE', ''], ['PUT', `/teams/${other.id}`],
      ['DELETE', `/items/${list.items[0].id}`],
    ])
      assert.equal((await asBen.raw(method, `${N}/config-lists/${list.id}${path}`, { body })).status, 404, `${method} ${path}`);
    for (const [method, path, body] of [['PATCH', '', { version: 1, name: 'x' }], ['DELETE', ''], ['PUT', `/teams/${other.id}`], ['DELETE', `/teams/${team.id}`]])
      assert.equal((await asAnna.raw(method, `${N}/config-lists/${list.id}${path}`, { body })).status, 403, `${method} ${path}`);
    assert.equal((await asAnna.raw('POST', `${N}/config-lists`, { body: { name: 'Own', listType: 'CUSTOM' } })).status, 403);
  });

  test('a resource list takes its items from the directory and leaves out what is not there', async () => {
    const list = await admin.post(`${N}/config-lists`, { name: 'Apps to ask for', listType: 'RESOURCE', resourceType: 'applications' });
    const app = (await admin.get('/api/v1/apps?limit=200'))[0];
    const item = await admin.post(`${N}/config-lists/${list.id}/items`, { resourceId: app.id });
    assert.deepEqual([item.name, item.resourceId], [app.label, app.id]);
    for (const [body, pointer] of [[{ name: 'free text' }, '/resourceId'], [{ resourceId: '0oa00000000000000000' }, '/resourceId'], [{ resourceId: app.id }, '/resourceId']]) {
      const r = await admin.raw('POST', `${N}/config-lists/${list.id}/items`, { body });
      assert.equal(r.status, 400, r.text);
      assert.ok(causes(r).includes(pointer), r.text);
    }
  });

  test('items come in the order they were added, page by page, and a removed one can be brought back', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `Item ${9 - i}`);
    const list = await make('Long', names);
    const first = await admin.get(`${N}/config-lists/${list.id}/items?limit=5`);
    const rest = await admin.get(first._links.next.href.replace(/^https?:\/\/[^/]+/, ''));
    assert.deepEqual([...first.data, ...rest.data].map((i) => i.name), names);
    assert.deepEqual((await admin.get(`${N}/config-lists/${list.id}/items?q=item+8`)).data.map((i) => i.name), ['Item 8']);
    const gone = list.items[2];
    await admin.delete(`${N}/config-lists/${list.id}/items/${gone.id}`, [204]);
    const archived = (await admin.get(`${N}/config-lists/${list.id}/items?status=ARCHIVED`)).data;
    assert.deepEqual(archived.map((i) => [i.name, i.status]), [[gone.name, 'ARCHIVED']]);
    assert.equal((await admin.get(`${N}/config-lists/${list.id}/items?status=ALL`)).data.length, 7);
    assert.equal((await admin.raw('GET', `${N}/config-lists/${list.id}/items?status=GONE`)).status, 400);
    await admin.patch(`${N}/config-lists/${list.id}/items/${gone.id}`, { version: archived[0].version, status: 'ACTIVE' });
    assert.deepEqual((await admin.get(`${N}/config-lists/${list.id}/items`)).data.map((i) => i.name), names);
  });

  test('bad input is refused with the member named', async () => {
    const list = await make('Checked', ['Taken']);
    for (const [body, pointer] of [
      [{ listType: 'CUSTOM' }, '/name'], [{ name: 'x' }, '/listType'], [{ name: ' ', listType: 'CUSTOM' }, '/name'], [{ name: 'x'.repeat(101), listType: 'CUSTOM' }, '/name'],
      [{ name: 'CHECKED', listType: 'CUSTOM' }, '/name'], [{ name: 'x', listType: 'MAGIC' }, '/listType'], [{ name: 'x', listType: 'RESOURCE' }, '/resourceType'],
      [{ name: 'x', listType: 'RESOURCE', resourceType: 'planets' }, '/resourceType'], [{ name: 'x', listType: 'CUSTOM', resourceType: 'groups' }, '/resourceType'],
      [{ name: 'x', listType: 'CUSTOM', items: [] }, '/items'],
    ]) {
      const r = await admin.raw('POST', `${N}/config-lists`, { body });
      assert.equal(r.status, 400, r.text);
      assert.ok(causes(r).includes(pointer), `${JSON.stringify(body).slice(0, 80)}: ${r.text}`);
    }
    for (const [body, pointer] of [
      [{}, '/name'], [{ name: '' }, '/name'], [{ name: 'x'.repeat(281) }, '/name'], [{ name: 'taken' }, '/name'], [{ name: 'x', description: 'd'.repeat(1001) }, '/description'],
      [{ name: 'x', resourceId: '00g1' }, '/resourceId'], [{ name: 'x', position: 1 }, '/position'],
    ]) {
      const r = await admin.raw('POST', `${N}/config-lists/${list.id}/items`, { body });
      assert.equal(r.status, 400, r.text);
      assert.ok(causes(r).includes(pointer), `${JSON.stringify(body).slice(0, 80)}: ${r.text}`);
    }
    const item = `${N}/config-lists/${list.id}/items/${list.items[0].id}`;
    assert.equal((await admin.raw('PATCH', item, { body: { version: 9, name: 'x' } })).status, 409);
    assert.equal((await admin.raw('PATCH', item, { body: { version: 1, status: 'ARCHIVED' } })).status, 400);
    assert.equal((await admin.raw('PATCH', `${N}/config-lists/${list.id}`, { body: { version: 99, name: 'x' } })).status, 409);
    for (const [method, path, body] of [
      ['GET', `/config-lists/${none}`], ['POST', `/config-lists/${none}/items`, { name: 'x' }], ['PUT', `/config-lists/${list.id}/teams/${none}`],
      ['PUT', `/config-lists/${none}/teams/${team.id}`], ['PATCH', `/config-lists/${list.id}/items/${none}`, { version: 1 }], ['DELETE', `/config-lists/${list.id}/items/${none}`],
    ])
      assert.equal((await admin.raw(method, N + path, { body })).status, 404, `${method} ${path}`);
    assert.equal((await admin.raw('DELETE', `${item}?confirm=perhaps`)).status, 400);
    assert.deepEqual((await admin.get(`${N}/config-lists/${list.id}/items`)).data.map((i) => i.name), ['Taken']);
  });
});
