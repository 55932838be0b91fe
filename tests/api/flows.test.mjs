// Flows over HTTP: delegated flows and who may see and run them, and flows that start when a request starts or closes.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startReeve, firstAdministrator, until, addPerson, signIn, root } from '../lib/reeve.mjs';
import { badgeScenario, submitBadge, step, requestWhen, decide, runEnded, syncWorkflows, enableFeatures, N } from '../lib/badge.mjs';
import { lab } from '../lib/cards.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const delegated = async (admin, name, folderId, add = [{ key: 'why', label: 'Why', type: 'text', required: true }, { key: 'count', label: 'Count', type: 'number' }]) => {
  const card = await cardMaker(admin);
  const flow = await admin.post(`${N}/flows`, { name, folderId, cards: resolve([card('http:delegated', 'start', { add })]) });
  await admin.post(`${N}/flows/${flow.id}/activate`, {});
  return admin.get(`${N}/flows/${flow.id}`);
};
const grant = async (admin, label, permission, resources, member) => {
  const role = await admin.post('/api/v1/iam/roles', { label, description: label, permissions: [permission] });
  const set = await admin.post('/api/v1/iam/resource-sets', { label: `${label} set`, description: label, resources });
  await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [member] });
  return { role, set };
};
const inputsOf = async (admin, runId) => {
  const history = await admin.get(`${N}/runs/${runId}/cards`);
  const start = history.cards[0];
  return Object.fromEntries(start.outputs.map((p) => [p.key, history.data[0].outputs[p.id]]));
};

describe('delegated flows', () => {
  let s, admin, folder, other, flow, second, orn, base, person;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    folder = await admin.post(`${N}/folders`, { name: 'Facilities' });
    other = await admin.post(`${N}/folders`, { name: 'Elsewhere' });
    flow = await delegated(admin, 'Order a chair', folder.id);
    second = await delegated(admin, 'Order a desk', folder.id);
    const { organisation } = await admin.get(`${N}/session`);
    orn = `orn:okta:workflow:${organisation.id}:flows`;
    base = organisation.baseUrl;
    person = async (login) => ({ user: await addPerson(admin, login), client: await signIn(s, login) });
  });
  after(() => s?.stop());

  test('WF-25, WF-39, WF-43: a person who may runs a flow by the fields its Delegated Flow card declares, and the system log names both', async () => {
    const p = await person('runner@example.com');
    await grant(admin, 'Runs chairs', 'okta.workflows.invoke', [`${orn}:${flow.id}`], `${base}/api/v1/users/${p.user.id}`);
    const seen = await p.client.get(`${N}/delegated-flows/${flow.id}`);
    assert.deepEqual(seen.inputs.map(({ key, label, type, required }) => [key, label, type, required]), [['why', 'Why', 'text', true], ['count', 'Count', 'number', false]]);
    const { runId } = await p.client.post(`${N}/delegated-flows/${flow.id}/invoke`, { inputs: { why: 'my back', count: '2' } }, [202]);
    await runEnded(p.client, runId);
    const values = await inputsOf(admin, runId);
    assert.equal(values.why, 'my back');
    assert.equal(values.count, 2);
    assert.equal(values['okta-user-id'], p.user.id);
    assert.deepEqual(values.caller, {});
    const events = await admin.get(`/api/v1/logs?filter=${encodeURIComponent('eventType eq "workflows.user.delegatedflow.run"')}`);
    const mine = events.filter((e) => e.actor.id === p.user.id);
    assert.equal(mine.length, 1);
    assert.deepEqual(mine[0].target.map((t) => [t.type, t.id, t.displayName]), [['WorkflowRun', runId, 'Order a chair'], ['Flow', flow.id, 'Order a chair']]);
  });

  test('WF-30, WF-31, WF-32: a role with "Run delegated flow" and a set of chosen or all flows decide what the Access Requests app sees', async () => {
    await enableFeatures(admin);
    const app = (await admin.get('/api/v1/apps?limit=200')).find((a) => /access requests/i.test(a.label));
    const visible = async () => {
      await syncWorkflows(admin);
      return (await admin.get(`${N}/resource-types/workflows/items?limit=200`)).data.map((i) => i.name).sort();
    };
    assert.deepEqual(await visible(), []);
    const chosen = await grant(admin, 'Chosen flows', 'okta.workflows.invoke', [`${orn}:${second.id}`], `${base}/oauth2/v1/clients/${app.id}`);
    assert.ok((await admin.get(`/api/v1/iam/roles/${chosen.role.id}/permissions`)).permissions.some((p) => p.label === 'okta.workflows.invoke'));
    assert.deepEqual(await visible(), ['Order a desk']);
    await grant(admin, 'All flows', 'okta.workflows.invoke', [orn], `${base}/oauth2/v1/clients/${app.id}`);
    assert.deepEqual(await visible(), ['Order a chair', 'Order a desk']);
    await admin.post(`${N}/flows/${second.id}/deactivate`, {});
    assert.deepEqual(await visible(), ['Order a chair']);
    await admin.post(`${N}/flows/${second.id}/activate`, {});
  });

  test('WF-38: a renamed and a new flow appear after an immediate synchronisation', async () => {
    const now = await admin.get(`${N}/flows/${flow.id}`);
    await admin.patch(`${N}/flows/${flow.id}`, { version: now.version, name: 'Order a good chair' });
    await delegated(admin, 'Order a lamp', folder.id);
    await syncWorkflows(admin);
    const names = (await admin.get(`${N}/resource-types/workflows/items?limit=200`)).data.map((i) => i.name);
    assert.ok(names.includes('Order a good chair') && !names.includes('Order a chair') && names.includes('Order a lamp'), names.join());
  });

  test('WF-29, WF-4: a flow that moves to another folder keeps its id, versions and runs, and who may run it', async () => {
    const p = await person('mover@example.com');
    await grant(admin, 'Runs one', 'okta.workflows.invoke', [`${orn}:${flow.id}`], `${base}/api/v1/users/${p.user.id}`);
    const before = await p.client.post(`${N}/delegated-flows/${flow.id}/invoke`, { inputs: { why: 'before' } }, [202]);
    await runEnded(p.client, before.runId);
    const now = await admin.get(`${N}/flows/${flow.id}`);
    await admin.patch(`${N}/flows/${flow.id}`, { version: now.version, folderId: other.id });
    const moved = await admin.get(`${N}/flows/${flow.id}`);
    assert.equal(moved.folderId, other.id);
    assert.equal((await admin.get(`${N}/flows/${flow.id}/versions`)).data.length, 1);
    assert.ok((await admin.get(`${N}/runs?flowId=${flow.id}&limit=200`)).data.some((r) => r.id === before.runId));
    await p.client.post(`${N}/delegated-flows/${flow.id}/invoke`, { inputs: { why: 'after' } }, [202]);
  });

  test('WF-33, WF-34, WF-35: reading alone sees and is refused, a group is enough, and nobody else knows of the flow', async () => {
    const reader = await person('reader@example.com'), member = await person('member@example.com'), nobody = await person('nobody@example.com');
    await grant(admin, 'Reads chairs', 'okta.workflows.read', [`${orn}:${flow.id}`], `${base}/api/v1/users/${reader.user.id}`);
    assert.equal((await reader.client.get(`${N}/delegated-flows/${flow.id}`)).mayInvoke, false);
    assert.equal((await reader.client.raw('POST', `${N}/delegated-flows/${flow.id}/invoke`, { body: { inputs: { why: 'x' } } })).status, 403);
    const group = await admin.post('/api/v1/groups', { profile: { name: 'Chair people' } });
    await admin.put(`/api/v1/groups/${group.id}/users/${member.user.id}`, undefined, [204]);
    await grant(admin, 'Group runs', 'okta.workflows.invoke', [`${orn}:${flow.id}`], `${base}/api/v1/groups/${group.id}`);
    await member.client.post(`${N}/delegated-flows/${flow.id}/invoke`, { inputs: { why: 'x' } }, [202]);
    assert.deepEqual((await nobody.client.get(`${N}/delegated-flows`)).data, []);
    assert.equal((await nobody.client.raw('GET', `${N}/delegated-flows/${flow.id}`)).status, 404);
    assert.equal((await nobody.client.raw('POST', `${N}/delegated-flows/${flow.id}/invoke`, { body: { inputs: { why: 'x' } } })).status, 404);
  });

  test('WF-44: an unknown input, a wrong type and a missing required one are 400, name the input, and start nothing', async () => {
    const count = async () => (await admin.get(`${N}/runs?flowId=${flow.id}&limit=200`)).data.length;
    const before = await count();
    for (const [inputs, name] of [[{ why: 'x', colour: 'red' }, 'colour'], [{ why: 'x', count: 'many' }, 'count'], [{ count: 1 }, 'why'], [{ why: { a: 1 } }, 'why']]) {
      const r = await admin.raw('POST', `${N}/delegated-flows/${flow.id}/invoke`, { body: { inputs } });
      assert.equal(r.status, 400, r.text);
      assert.match(r.text, new RegExp(`/inputs/${name}`));
    }
    assert.equal(await count(), before);
  });

  test('WF-45: an Idempotency-Key starts one run however often it comes, and is refused with other content', async () => {
    const call = (inputs) => admin.raw('POST', `${N}/delegated-flows/${flow.id}/invoke`, { body: { inputs }, headers: { 'idempotency-key': 'order-1' } });
    const first = await call({ why: 'once' });
    assert.equal(first.status, 202);
    await runEnded(admin, first.json.runId);
    const again = await call({ why: 'once' });
    assert.equal(again.status, 202);
    assert.equal(again.json.runId, first.json.runId);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal((await call({ why: 'other' })).status, 422);
  });
});

describe('flows and the life of a request', () => {
  let s, admin, b;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
  });
  after(() => s?.stop());

  const watcher = async (event, name) => {
    const card = await cardMaker(admin);
    const folderId = (await admin.post(`${N}/folders`, { name })).id;
    const cards = resolve([
      card(event, 'start'),
      card('string:concat', 'note', { set: { string1: 'Request ' }, link: { string2: 'start.Access Request/Display Name' } }),
    ]);
    const flow = await admin.post(`${N}/flows`, { name, folderId, cards });
    await admin.post(`${N}/flows/${flow.id}/activate`, {});
    return flow;
  };
  const runsOf = async (flow) => (await admin.get(`${N}/runs?flowId=${flow.id}&limit=200`)).data;

  test('AR-122, WF-63, WF-64: a request that starts and one that closes write their events, and each starts the flow that waits for it once', async () => {
    const created = await watcher('okta:accessRequestCreated', 'On created'), resolved = await watcher('okta:accessRequestResolved', 'On resolved');
    const made = await submitBadge(b, {}, { subject: 'Badge for the lab' });
    const [run] = await until(async () => { const r = await runsOf(created); return r.length > 0 ? r : null; }, 'the flow of the created request');
    await runEnded(admin, run.id);
    const values = await inputsOf(admin, run.id);
    assert.equal(values['Event Type'], 'access.request.create');
    assert.equal(values['Access Request'].ID, made.id);
    assert.equal(values.Admin.ID, b.people.requester.id);
    const history = await admin.get(`${N}/runs/${run.id}/cards`);
    assert.match(Object.values(history.data[1].outputs).join(), /Badge for the lab/);
    assert.deepEqual(await runsOf(resolved), []);
    const open = await requestWhen(b.manager, made.id, (r) => step(r, 't1').state === 'OPEN', 'the approval');
    await decide(b.manager, open, 't1', 'DENIED', 'no');
    const [end] = await until(async () => { const r = await runsOf(resolved); return r.length > 0 ? r : null; }, 'the flow of the closed request');
    await runEnded(admin, end.id);
    assert.equal((await inputsOf(admin, end.id))['Access Request'].ID, made.id);
    for (const type of ['access.request.create', 'access.request.resolve']) {
      const events = (await admin.get(`/api/v1/logs?filter=${encodeURIComponent(`eventType eq "${type}"`)}`)).filter((e) => e.target.some((t) => t.id === made.id));
      assert.equal(events.length, 1, type);
    }
    assert.equal((await runsOf(created)).length, 1);
    assert.equal((await runsOf(resolved)).length, 1);
  });

  test('WF-40: the caller of a run from Access Requests names product, request, type, step and team', async () => {
    const made = await submitBadge(b);
    const open = await requestWhen(b.manager, made.id, (r) => step(r, 't1').state === 'OPEN', 'the approval');
    await decide(b.manager, open, 't1', 'APPROVED');
    const on = await requestWhen(b.assignee, made.id, (r) => step(r, 'a1').state === 'COMPLETED', 'the action');
    await runEnded(admin, step(on, 'a1').runId);
    const { caller } = await inputsOf(admin, step(on, 'a1').runId);
    assert.equal(caller.product, 'access-requests');
    assert.equal(caller.request.id, made.id);
    assert.equal(caller.request.number, made.number);
    assert.equal(caller.requestType.id, b.type.id);
    assert.equal(caller.step.id, 'a1');
    assert.equal(caller.team.id, b.team.id);
    assert.equal(caller.requester.email, 'rita@example.com');
  });

  test('a flow tells which request types run it', async () => {
    assert.deepEqual((await admin.get(`${N}/flows/${b.flow.id}/usage`)).requestTypes, [{ id: b.type.id, name: 'Badge access' }]);
  });
});

describe('folders', () => {
  let s, admin;
  before(async () => {
    s = await startReeve({ config: { 'flows.folder_depth': 5 } });
    admin = await firstAdministrator(s);
  });
  after(() => s?.stop());

  test('WF-2: a sixth level is refused when five are allowed, by making it, by moving a folder and by an export file', async () => {
    const chain = [];
    for (let i = 1; i <= 5; i++) chain.push(await admin.post(`${N}/folders`, { name: `Level ${i}`, ...(i > 1 ? { parentId: chain[i - 2].id } : {}) }));
    const refused = (r) => {
      assert.equal(r.status, 400, r.text);
      assert.match(r.text, /folders nest at most 5 deep \(limit folder\.depth/);
    };
    refused(await admin.raw('POST', `${N}/folders`, { body: JSON.stringify({ name: 'Level 6', parentId: chain[4].id }) }));
    const other = await admin.post(`${N}/folders`, { name: 'Other' });
    await admin.post(`${N}/folders`, { name: 'Below other', parentId: other.id });
    refused(await admin.raw('PATCH', `${N}/folders/${other.id}`, { body: JSON.stringify({ parentId: chain[3].id, version: (await admin.get(`${N}/folders/${other.id}`)).version }) }));
    const pack = readFileSync(join(root, 'tests/vectors/packs/round-trip.flopack'), 'utf8');
    refused(await admin.raw('POST', `${N}/flows/import?folderId=${chain[4].id}`, { body: pack }));
    assert.equal((await admin.get(`${N}/folders`)).data.length, 7);
  });
});

describe('copies of folders', () => {
  let s, admin, card;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    card = await cardMaker(admin);
  });
  after(() => s?.stop());
  const make = (name, folderId, cards) => admin.post(`${N}/flows`, { name, folderId, cards: resolve(cards) });

  test('WF-5: a folder is copied with subfolders, flows and tables; what they name among each other are the copies, what lies outside stays', async () => {
    const home = await admin.post(`${N}/folders`, { name: 'Home', description: 'All of it' }), below = await admin.post(`${N}/folders`, { name: 'Below', parentId: home.id });
    const outside = await admin.post(`${N}/folders`, { name: 'Outside' });
    const table = await admin.post(`${N}/tables`, { name: 'Badges', folderId: below.id, columns: [{ name: 'Who', type: 'text', default: 'nobody' }, { name: 'When', type: 'date' }] });
    await admin.post(`${N}/tables/${table.id}/rows`, { values: { Who: 'Ann' } });
    const inner = await make('Inner', below.id, [card('control:callable', 'start')]), far = await make('Far', outside.id, [card('control:callable', 'start')]);
    const outer = await make('Outer', home.id, [card('http:delegated', 'start'),
      card('control:spawn', 'near', { set: { flo: inner.id } }), card('control:spawn', 'far', { set: { flo: far.id } }),
      card('stash:clearTable', 'table', { options: { stash: table.id } })]);
    await admin.post(`${N}/flows/${inner.id}/activate`);
    const copy = await admin.post(`${N}/folders/${home.id}/duplicate`);
    assert.deepEqual([copy.name, copy.description, copy.parentId], ['Home (copy)', 'All of it', null]);
    const folders = (await admin.get(`${N}/folders`)).data, copied = folders.find((f) => f.parentId === copy.id);
    assert.deepEqual([copied.name, folders.length], ['Below', 5]);
    const flows = (await admin.get(`${N}/flows?limit=200`)).data, within = (name, folderId) => flows.find((f) => f.name === name && f.folderId === folderId);
    const [outer2, inner2] = [within('Outer', copy.id), within('Inner', copied.id)];
    assert.deepEqual([outer2.enabled, inner2.enabled, within('Inner', below.id).enabled], [false, false, true]);
    const tables = (await admin.get(`${N}/tables`)).data, table2 = tables.find((t) => t.folderId === copied.id);
    assert.deepEqual((await admin.get(`${N}/tables/${table2.id}`)).columns.map((c) => [c.name, c.type, c.default]), (await admin.get(`${N}/tables/${table.id}`)).columns.map((c) => [c.name, c.type, c.default]));
    assert.equal((await admin.get(`${N}/tables/${table2.id}/rows`)).data.length, 0);
    const cards = Object.fromEntries((await admin.get(`${N}/flows/${outer2.id}`)).cards.map((c) => [c.id, c])), called = (c) => c.inputs.find((p) => p.key === 'flo').value;
    assert.deepEqual([called(cards.near), called(cards.far), cards.table.options.stash], [inner2.id, far.id, table2.id]);
    const before = Object.fromEntries((await admin.get(`${N}/flows/${outer.id}`)).cards.map((c) => [c.id, c]));
    assert.deepEqual([called(before.near), before.table.options.stash], [inner.id, table.id]);
    const sub = await admin.post(`${N}/folders/${below.id}/duplicate`);
    assert.deepEqual([sub.name, sub.parentId], ['Below (copy)', home.id]);
  });

  test('who may not manage folders copies none, and a folder that is not there cannot be copied', async () => {
    const home = await admin.post(`${N}/folders`, { name: 'Closed' });
    await addPerson(admin, 'nobody@example.com');
    const nobody = await signIn(s, 'nobody@example.com');
    assert.ok([403, 404].includes((await nobody.raw('POST', `${N}/folders/${home.id}/duplicate`, { body: {} })).status));
    assert.equal((await admin.raw('POST', `${N}/folders/nothing/duplicate`, { body: {} })).status, 404);
    assert.equal((await admin.get(`${N}/folders`)).data.filter((f) => f.name.startsWith('Closed')).length, 1);
  });
});

test('a helper flow gets fields that are called like those of the card, unless they are the card\'s own', async () => {
  const s = await startReeve();
  try {
    const admin = await firstAdministrator(s), l = await lab(admin), keys = ['list', 'count', 'concurrency', 'object', 'n'];
    const helper = await l.on(await l.flow('Echo', [l.card('control:callable', 'start', { add: keys.map((key) => ({ key, type: 'any' })) }),
      l.card('control:return', 'end', { add: keys.map((key) => ({ key, type: 'any' })), link: Object.fromEntries(keys.map((k) => [k, `start.${k}`])) })]));
    const add = (...names) => names.map((key) => ({ key, type: 'any' }));
    const called = await l.run('control:spawn', { set: { flo: helper.id, list: ['x'], count: 5, concurrency: 500, object: { a: 1 }, n: null }, add: add(...keys) });
    assert.deepEqual(keys.map((k) => called[k]), [['x'], 5, 500, { a: 1 }, null]);
    const mapped = await l.run('list:map', { set: { flo: helper.id, list: ['x', 'y'], concurrency: 2, count: 5, object: 'o', n: 1 }, add: add('count', 'object', 'n') });
    assert.deepEqual(mapped['new list'], Array(2).fill({ list: null, count: 5, concurrency: null, object: 'o', n: 1 }));
    const pairs = await l.run('object:map', { set: { flo: helper.id, object: { 'é😀': 1 }, concurrency: 2, list: 'l', count: 7 }, add: add('list', 'count') });
    assert.deepEqual(pairs['new list'], [{ list: 'l', count: 7, concurrency: null, object: null, n: null }]);
  } finally { await s.stop(); }
});

test('a long message of Return Error is kept, up to a thousand bytes and no half letter', async () => {
  const s = await startReeve();
  try {
    const l = await lab(await firstAdministrator(s));
    for (const [message, kept] of [['x'.repeat(999), 'x'.repeat(999)], ['é'.repeat(600), 'é'.repeat(500)], [`a${'é'.repeat(600)}`, `a${'é'.repeat(499)}`], ['😀'.repeat(300), '😀'.repeat(250)]])
      assert.deepEqual(await l.fails('control:throw', { set: { message, statusCode: 418 } }).then((e) => [e.message, e.code]), [kept, 418]);
  } finally { await s.stop(); }
});
