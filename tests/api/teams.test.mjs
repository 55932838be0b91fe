// Teams: who is in them, who gets the next request, what they may use.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn, until } from '../lib/reeve.mjs';
import { mails, N } from '../lib/badge.mjs';

const none = 'ffffffffffffffffffffffff';
const causes = (r) => (r.json.errorCauses ?? []).map((c) => c.location);

describe('teams', () => {
  let s, admin, me, people, clients;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    me = await admin.get('/api/v1/users/me');
    people = [];
    clients = [];
    for (const name of ['anna', 'ben', 'cleo', 'dora']) {
      people.push(await addPerson(admin, `${name}@example.com`, { firstName: name[0].toUpperCase() + name.slice(1) }));
      clients.push(await signIn(s, `${name}@example.com`));
    }
  });
  after(() => s?.stop());

  const team = (body = {}) => admin.post(`${N}/teams`, { name: `Team ${Math.random().toString(36).slice(2, 10)}`, ...body });
  const join = (t, ...who) => who.reduce((p, u) => p.then(() => admin.put(`${N}/teams/${t.id}/members/${u.id}`, undefined, [204])), Promise.resolve());
  const assign = async (t, assignment) => {
    const now = await admin.get(`${N}/teams/${t.id}`);
    return admin.patch(`${N}/teams/${t.id}`, { version: now.version, assignment });
  };
  /** A published type of the team: one question, one task of the request's assignee. The administrator joins to make it. */
  const publish = async (t, name) => {
    await join(t, me);
    const type = await admin.post(`${N}/request-types`, {
      name, description: 'Ask.', icon: 'badge', teamId: t.id, audience: { type: 'EVERYONE' }, autoResolve: false,
      steps: [
        { id: 'q1', kind: 'QUESTION', text: 'Why', inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' } },
        { id: 't1', kind: 'CUSTOM_TASK', text: 'Do it', assignTo: { type: 'REQUEST_ASSIGNEE' } },
      ],
    });
    await admin.post(`${N}/request-types/${type.id}/publish`, {});
    await admin.delete(`${N}/teams/${t.id}/members/${me.id}`, [204]);
    return type;
  };
  const submit = (type) => clients[3].post(`${N}/requests`, { requestTypeId: type.id, answers: { q1: 'because' } });

  test('an empty team called IT is there from the beginning', async () => {
    const all = (await admin.get(`${N}/teams`)).data;
    const it = all.find((t) => t.name === 'IT');
    assert.equal(it.icon, 'it');
    assert.deepEqual(it.members, []);
    assert.equal(it.status, 'ACTIVE');
  });

  test('AR-41: a team is made with an icon and a colour, and both can be changed', async () => {
    const r = await admin.raw('POST', `${N}/teams`, { body: { name: 'Badges', description: 'Badge desk', icon: 'security', colour: 'cyan' } });
    assert.equal(r.status, 201);
    assert.ok(r.headers.get('location').endsWith(`${N}/teams/${r.json.id}`));
    assert.match(r.json.id, /^[0-9a-f]{24}$/);
    assert.deepEqual([r.json.icon, r.json.colour, r.json.version, r.json.privateRequests, r.json.inviteOnly, r.json.mine], ['security', 'cyan', 1, true, true, false]);
    assert.deepEqual(r.json.assignment, { mode: 'OFF', memberId: null, excluded: [] });
    const changed = await admin.patch(`${N}/teams/${r.json.id}`, { version: 1, icon: 'facilities', colour: 'pink', description: null });
    assert.deepEqual([changed.icon, changed.colour, changed.description, changed.name, changed.version], ['facilities', 'pink', '', 'Badges', 2]);
  });

  test('bad input is refused with the member named, and nothing is stored', async () => {
    const count = async () => (await admin.get(`${N}/teams?limit=200`)).data.length;
    const t = await team({ name: 'Taken' });
    const n = await count();
    for (const [body, pointer] of [
      [{}, '/name'], [{ name: '' }, '/name'], [{ name: '   ' }, '/name'], [{ name: 'x'.repeat(41) }, '/name'], [{ name: 7 }, '/name'], [{ name: 'two\nlines' }, '/name'],
      [{ name: 'TAKEN' }, '/name'], [{ name: 'x', icon: 'rocket' }, '/icon'], [{ name: 'x', colour: 'black' }, '/colour'], [{ name: 'x', owner: 'me' }, '/owner'],
      [{ name: 'x', description: 'd'.repeat(2001) }, '/description'], [{ name: 'x', inviteOnly: 'no' }, '/inviteOnly'],
      [{ name: 'x', assignment: { mode: 'LOTTERY' } }, '/assignment/mode'], [{ name: 'x', assignment: { mode: 'MEMBER', memberId: me.id } }, '/assignment/memberId'],
      [{ name: 'x', assignment: { mode: 'ROTATE', excluded: [me.id] } }, '/assignment/excluded'],
    ]) {
      const r = await admin.raw('POST', `${N}/teams`, { body });
      assert.equal(r.status, 400, `${JSON.stringify(body).slice(0, 60)}: ${r.text}`);
      assert.ok(causes(r).includes(pointer), `${JSON.stringify(body).slice(0, 60)}: ${r.text}`);
    }
    assert.equal((await admin.raw('POST', `${N}/teams`, { body: '{"name":' })).status, 400);
    assert.equal(await count(), n);
    for (const [body, status, pointer] of [
      [{ name: 'y' }, 400, '/version'], [{ version: 1, name: 'IT' }, 400, '/name'], [{ version: 9, name: 'y' }, 409], [{ version: 1, status: 'DELETED' }, 400, '/status'],
      [{ version: 1, assignment: { mode: 'MEMBER', memberId: null } }, 400, '/assignment/memberId'],
      [{ version: 1, assignment: { mode: 'MEMBER', memberId: people[0].id } }, 400, '/assignment/memberId'],
      [{ version: 1, assignment: { mode: 'ROTATE', memberId: people[0].id } }, 400, '/assignment/memberId'],
      [{ version: 1, assignment: { mode: 'ROTATE', excluded: [people[0].id] } }, 400, '/assignment/excluded/0'],
      [{ version: 1, assignment: { mode: 'ROTATE', excluded: [7] } }, 400, '/assignment/excluded/0'],
    ]) {
      const r = await admin.raw('PATCH', `${N}/teams/${t.id}`, { body });
      assert.equal(r.status, status, `${JSON.stringify(body)}: ${r.text}`);
      if (pointer) assert.ok(causes(r).includes(pointer), `${JSON.stringify(body)}: ${r.text}`);
    }
    assert.equal((await admin.get(`${N}/teams/${t.id}`)).version, 1);
    for (const [method, path, body] of [
      ['GET', `/teams/${none}`], ['PATCH', `/teams/${none}`, { version: 1 }], ['DELETE', `/teams/${none}`], ['GET', `/teams/${none}/access`],
      ['PUT', `/teams/${none}/members/${me.id}`], ['PUT', `/teams/${t.id}/members/00u00000000000000000`], ['DELETE', `/teams/${t.id}/members/${me.id}`],
    ])
      assert.equal((await admin.raw(method, N + path, { body })).status, 404, `${method} ${path}`);
    assert.equal((await admin.raw('PUT', `${N}/teams/${t.id}/members/${me.id}`, { body: { availability: 'SLEEPY' } })).status, 400);
    assert.equal((await admin.raw('GET', `${N}/teams?limit=201`)).status, 400);
  });

  test('teams come by name, page by page, and are found by part of the name', async () => {
    for (const name of ['zebra 1', 'Zebra 2', 'zebra 3', 'Zebra_4', '50%']) await team({ name });
    const first = await admin.get(`${N}/teams?q=ZEBRA&limit=3`);
    assert.deepEqual(first.data.map((t) => t.name), ['zebra 1', 'Zebra 2', 'zebra 3']);
    const next = await admin.get(first._links.next.href.replace(/^https?:\/\/[^/]+/, ''));
    assert.deepEqual(next.data.map((t) => t.name), ['Zebra_4']);
    assert.equal(next._links.next, undefined);
    assert.deepEqual((await admin.get(`${N}/teams?q=%25`)).data.map((t) => t.name), ['50%']);
    assert.deepEqual((await admin.get(`${N}/teams?q=a_`)).data.map((t) => t.name), ['Zebra_4']);
  });

  test('anybody sees teams and may join an open one; an invite-only team is joined through its members; only administrators make and change teams', async () => {
    const [anna, ben, cleo] = people;
    const [asAnna, asBen] = clients;
    const closed = await team();
    assert.equal((await asAnna.raw('PUT', `${N}/teams/${closed.id}/members/${anna.id}`)).status, 403, 'nobody joins a new team alone: its members see private requests');
    const t = await team({ inviteOnly: false });
    assert.equal((await asAnna.get(`${N}/teams/${t.id}`)).name, t.name);
    assert.equal((await asAnna.raw('POST', `${N}/teams`, { body: { name: 'Mine' } })).status, 403);
    assert.equal((await asAnna.raw('PATCH', `${N}/teams/${t.id}`, { body: { version: 1, name: 'Mine' } })).status, 403);
    assert.equal((await asAnna.raw('DELETE', `${N}/teams/${t.id}`)).status, 403);
    assert.equal((await asAnna.raw('GET', `${N}/teams/${t.id}/access`)).status, 403);
    assert.equal((await asAnna.raw('PUT', `${N}/teams/${t.id}/members/${ben.id}`)).status, 403);
    await asAnna.put(`${N}/teams/${t.id}/members/${anna.id}`, {}, [204]);
    const joined = await asAnna.get(`${N}/teams/${t.id}`);
    assert.equal(joined.mine, true);
    assert.deepEqual(joined.members.map((m) => [m.id, m.email, m.availability, m.lastAssignedAt]), [[anna.id, 'anna@example.com', 'AVAILABLE', null]]);
    await admin.patch(`${N}/teams/${t.id}`, { version: joined.version, inviteOnly: true });
    assert.equal((await asBen.raw('PUT', `${N}/teams/${t.id}/members/${ben.id}`)).status, 403);
    await asAnna.put(`${N}/teams/${t.id}/members/${ben.id}`, undefined, [204]);
    await asAnna.put(`${N}/teams/${t.id}/members/${cleo.id}`, undefined, [204]);
    await asBen.delete(`${N}/teams/${t.id}/members/${ben.id}`, [204]);
    assert.deepEqual((await admin.get(`${N}/teams/${t.id}`)).members.map((m) => m.id), [anna.id, cleo.id]);
    assert.equal((await admin.raw('GET', `${N}/teams/${t.id}`)).status, 200);
    const told = await until(async () => { const m = (await mails(admin)).filter((x) => x.subject.includes(t.name)); return m.length >= 2 ? m : null; }, 'the notices');
    assert.deepEqual(told.map((m) => m.to).sort(), ['ben@example.com', 'cleo@example.com']); // not anna, who joined by herself
  });

  test('every change of a team is in the system log with who did it', async () => {
    const t = await team({ name: 'Logged' });
    await join(t, people[0]);
    await admin.delete(`${N}/teams/${t.id}`, [204]);
    const events = (await admin.get('/api/v1/logs?limit=1000')).filter((e) => e.target?.some((x) => x.id === t.id));
    assert.deepEqual(events.map((e) => e.eventType).sort(), ['reeve.team.create', 'reeve.team.delete', 'reeve.team.update']);
    assert.ok(events.every((e) => e.actor.id === me.id));
  });

  test('AR-42: a team gives new requests to one member automatically, or to nobody', async () => {
    const t = await team();
    const type = await publish(t, 'One member');
    await join(t, people[0], people[1]);
    assert.equal((await submit(type)).assignee, null);
    await assign(t, { mode: 'MEMBER', memberId: people[1].id, excluded: [] });
    assert.equal((await submit(type)).assignee.id, people[1].id);
    assert.equal((await submit(type)).assignee.id, people[1].id);
    await admin.delete(`${N}/teams/${t.id}/members/${people[1].id}`, [204]);
    assert.deepEqual((await admin.get(`${N}/teams/${t.id}`)).assignment, { mode: 'OFF', memberId: null, excluded: [] });
    assert.equal((await submit(type)).assignee, null);
  });

  test('AR-53: rotation gives four requests to A, B, C and A again', async () => {
    const t = await team();
    const type = await publish(t, 'In turn');
    await join(t, people[0], people[1], people[2]);
    await assign(t, { mode: 'ROTATE', memberId: null, excluded: [] });
    const got = [];
    for (let i = 0; i < 4; i++) got.push((await submit(type)).assignee.id);
    assert.deepEqual(got, [people[0].id, people[1].id, people[2].id, people[0].id]);
    const m = (await admin.get(`${N}/teams/${t.id}`)).members;
    assert.ok(m[0].lastAssignedAt > m[2].lastAssignedAt && m[2].lastAssignedAt > m[1].lastAssignedAt);
  });

  test('AR-54: rotation skips who is away and who is excluded', async () => {
    const t = await team();
    const type = await publish(t, 'Some of them');
    await join(t, people[0], people[1], people[2]);
    await assign(t, { mode: 'ROTATE', memberId: null, excluded: [people[0].id] });
    await clients[1].put(`${N}/teams/${t.id}/members/${people[1].id}`, { availability: 'AWAY' }, [204]); // ben says so himself
    assert.deepEqual((await admin.get(`${N}/teams/${t.id}`)).members.map((m) => m.availability), ['AVAILABLE', 'AWAY', 'AVAILABLE']);
    for (let i = 0; i < 3; i++) assert.equal((await submit(type)).assignee.id, people[2].id);
    await clients[1].put(`${N}/teams/${t.id}/members/${people[1].id}`, { availability: 'AVAILABLE' }, [204]);
    assert.equal((await submit(type)).assignee.id, people[1].id);
    await assign(t, { mode: 'ROTATE', memberId: null, excluded: people.slice(0, 3).map((p) => p.id) });
    assert.equal((await submit(type)).assignee, null);
  });

  test('a team goes only without active request types and open requests; its name is free afterwards', async () => {
    const t = await team({ name: 'Short-lived' });
    const type = await publish(t, 'Needs the team');
    await join(t, me);
    const open = await submit(type);
    const active = await admin.raw('DELETE', `${N}/teams/${t.id}`);
    assert.equal(active.status, 409);
    assert.match(active.json.errorSummary, /Needs the team/);
    await admin.post(`${N}/request-types/${type.id}/unpublish`, {});
    const waiting = await admin.raw('DELETE', `${N}/teams/${t.id}`);
    assert.equal(waiting.status, 409);
    assert.match(waiting.json.errorSummary, /open requests/);
    await admin.post(`${N}/requests/${open.id}/resolve`, {});
    await admin.delete(`${N}/teams/${t.id}`, [204]);
    assert.equal((await admin.raw('GET', `${N}/teams/${t.id}`)).status, 404);
    assert.equal((await admin.raw('PATCH', `${N}/teams/${t.id}`, { body: { version: 1, name: 'x' } })).status, 404);
    assert.equal((await clients[3].get(`${N}/requests/${open.id}`)).team.name, 'Short-lived');
    await team({ name: 'short-lived' });
  });

  test('the Access tab shows and sets everything a team may use, all or nothing', async () => {
    const t = await team();
    const list = await admin.post(`${N}/config-lists`, { name: 'Access tab list', listType: 'CUSTOM' });
    const okta = (await admin.get(`${N}/integrations`)).data[0];
    const before = await admin.get(`${N}/teams/${t.id}/access`);
    assert.deepEqual(before.resourceTypes.map((r) => [r.type, r.allowed]), [['users', true], ['groups', false], ['applications', false]]); // the feature is off
    assert.equal(before.configLists.find((l) => l.id === list.id).allowed, false);
    assert.deepEqual(before.integrations.map((i) => [i.id, i.name, i.allowed]), [[okta.id, 'Okta', false]]);
    // What GET shows can be sent back with switches turned.
    before.resourceTypes[1].allowed = true;
    before.configLists.find((l) => l.id === list.id).allowed = true;
    before.integrations[0].allowed = true;
    const after = await admin.put(`${N}/teams/${t.id}/access`, before);
    assert.deepEqual(after.resourceTypes.map((r) => r.allowed), [true, true, false]);
    assert.equal(after.configLists.find((l) => l.id === list.id).allowed, true);
    assert.equal(after.integrations[0].allowed, true);
    assert.ok(after.version > before.version);
    assert.deepEqual((await admin.get(`${N}/config-lists/${list.id}`)).teams, [{ id: t.id, name: t.name }]);
    // Stale, or with one bad id: nothing changes.
    assert.equal((await admin.raw('PUT', `${N}/teams/${t.id}/access`, { body: { version: before.version, integrations: [] } })).status, 409);
    const bad = await admin.raw('PUT', `${N}/teams/${t.id}/access`, { body: { version: after.version, resourceTypes: [{ type: 'groups', allowed: false }], configLists: [{ id: none, allowed: true }] } });
    assert.equal(bad.status, 400);
    assert.deepEqual(causes(bad), ['/configLists/0']);
    for (const [body, pointer] of [
      [{ version: after.version, integrations: [{ id: okta.id }] }, '/integrations/0/allowed'], [{ version: after.version, integrations: [7] }, '/integrations/0'],
      [{ version: after.version, resourceTypes: [{ type: 'workflows', allowed: true }] }, '/resourceTypes/0'], [{ integrations: [] }, '/version'],
    ]) {
      const r = await admin.raw('PUT', `${N}/teams/${t.id}/access`, { body });
      assert.equal(r.status, 400, r.text);
      assert.ok(causes(r).includes(pointer), r.text);
    }
    assert.deepEqual(await admin.get(`${N}/teams/${t.id}/access`), after);
  });
});
