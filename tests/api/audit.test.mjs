// WF-106: every audit event of workflows.md 12.3, provoked once and found in the system log. Those of the trust store: trust.test.mjs.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, restart, removeDir, firstAdministrator, apiToken, Client, addPerson, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1', U = 'workflows.user.';
const listed = {
  flow: ['create', 'save', 'view', 'activate', 'deactivate', 'delete', 'move', 'export', 'import'],
  'flow.version': ['revert', 'update'], 'flow.execution': ['cancel'], 'flow.execution_history': ['activate', 'deactivate', 'delete'],
  'flow.execution_log_stream': ['activate', 'deactivate'], execution_log_stream_connection: ['activate', 'deactivate', 'update'],
  folder: ['create', 'rename', 'move', 'duplicate', 'export', 'import', 'delete'],
  table: ['create', 'update', 'view', 'move', 'export', 'import', 'delete'], 'table.schema': ['export', 'import'],
  connection: ['create', 'reauthorize', 'revoke', 'delete'], 'role.user': ['add', 'remove'], 'role.group': ['add', 'remove'], delegatedflow: ['run'],
};
const types = Object.entries(listed).flatMap(([group, verbs]) => verbs.map((v) => `${U}${group}.${v}`));
let s, admin, card, begin;
before(async () => {
  begin = Date.now() - 1000;
  s = await startReeve({ config: { 'flows.run_cards': 100 } });
  admin = await firstAdministrator(s);
  card = await cardMaker(admin);
});
after(() => s?.stop());
const events = async (type) => admin.get(`/api/v1/logs?limit=100&filter=${encodeURIComponent(`eventType eq "${type}"`)}`);
const change = async (path, body) => admin.patch(path, { version: (await admin.get(path)).version, ...body });
const expected = []; // [type, id of the target]
const expect = (group, verbs, id) => { for (const v of verbs.split(' ')) expected.push([`${U}${group}.${v}`, id]); };

async function flows(home, other) {
  const start = card('http:delegated', 'start');
  const flow = await admin.post(`${N}/flows`, { name: 'Audited', folderId: home.id, cards: resolve([start]) });
  const path = `${N}/flows/${flow.id}`;
  await admin.get(path);
  await change(path, { cards: resolve([start, card('control:wait', 'w', { set: { delay: 1000 } })]) });
  await admin.patch(`${path}/versions/1`, { note: 'The first' });
  assert.equal((await admin.get(`${path}/versions`)).data.find((v) => v.number === 1).note, 'The first');
  await admin.post(`${path}/activate`);
  const { runId } = await admin.post(`${N}/delegated-flows/${flow.id}/invoke`, { inputs: {} }, [202]);
  await until(async () => (await admin.get(`${N}/runs/${runId}`)).status === 'WAITING', 'the run to wait');
  await admin.post(`${N}/runs/${runId}/cancel`);
  await admin.post(`${path}/deactivate`);
  await change(path, { saveData: false });
  await change(path, { saveData: true });
  await change(path, { logStream: false });
  await change(path, { logStream: true });
  await admin.delete(`${path}/run-data`);
  await admin.post(`${path}/versions/1/restore`);
  await change(path, { folderId: other.id });
  const pack = await admin.get(`${path}/export`);
  const { json } = await admin.raw('POST', `${N}/flows/import?folderId=${home.id}`, { body: pack });
  await admin.delete(path);
  expect('flow', 'create save view activate deactivate move export delete', flow.id);
  expect('flow', 'import', json.flows[0].id);
  expect('flow.version', 'revert update', flow.id);
  expect('flow.execution', 'cancel', flow.id);
  expect('flow.execution_history', 'activate deactivate delete', flow.id);
  expect('flow.execution_log_stream', 'activate deactivate', flow.id);
  expect('delegatedflow', 'run', flow.id);
}

async function foldersAndTables(home, other) {
  const folder = await admin.post(`${N}/folders`, { name: 'Audited', parentId: home.id }), path = `${N}/folders/${folder.id}`;
  await change(path, { name: 'Renamed' });
  await change(path, { parentId: other.id });
  const table = await admin.post(`${N}/tables`, { name: 'Audited', folderId: folder.id, columns: [{ name: 'a', type: 'text' }] }), at = `${N}/tables/${table.id}`;
  await admin.get(at);
  await change(at, { name: 'Changed' });
  await admin.raw('POST', `${at}/import`, { body: 'a\nx\n', type: 'text/csv' });
  await admin.raw('GET', `${at}/export`);
  await admin.post(`${N}/flows`, { name: 'Inside', folderId: folder.id, cards: resolve([card('http:delegated', 'start')]) });
  const pack = await admin.get(`${path}/export`);
  const copy = await admin.post(`${path}/duplicate`);
  const { json } = await admin.raw('POST', `${N}/flows/import?folderId=${home.id}`, { body: pack });
  assert.equal(json.flows.length, 1);
  await change(at, { folderId: home.id });
  await admin.delete(at);
  const empty = await admin.post(`${N}/folders`, { name: 'Empty' });
  await admin.delete(`${N}/folders/${empty.id}`);
  expect('folder', 'create rename move export', folder.id);
  expect('folder', 'duplicate', copy.id);
  expect('folder', 'delete', empty.id);
  expect('folder', 'import', (await admin.get(`${N}/folders`)).data.find((f) => f.parentId === home.id).id);
  expect('table', 'create update view move export import delete', table.id);
  expect('table.schema', 'export', table.id);
  expect('table.schema', 'import', (await admin.get(`${N}/tables`)).data.find((t) => t.folderId !== copy.id && t.id !== table.id).id);
}

async function connections() {
  const made = await admin.post(`${N}/connections`, { name: 'Audited', connector: 'httpfunctions', auth: 'BASIC', fields: { origins: 'https://a.example', username: 'u', password: 'p' } });
  await change(`${N}/connections/${made.id}`, { fields: { origins: 'https://a.example', username: 'u', password: 'q' } });
  await admin.delete(`${N}/connections/${made.id}`);
  expect('connection', 'create reauthorize revoke delete', made.id);
  const to = { url: 'https://collector.example/hec', events: ['FLOW_START'] };
  for (const more of [{ enabled: true }, { enabled: true, url: 'https://collector.example/two' }, { enabled: false }])
    await admin.put(`${N}/log-stream`, { ...to, ...more, version: (await admin.get(`${N}/log-stream`)).version });
  expect('execution_log_stream_connection', 'activate update deactivate', null);
}

async function roles() {
  const { baseUrl, id } = (await admin.get(`${N}/session`)).organisation;
  const role = await admin.post('/api/v1/iam/roles', { label: 'Edits flows', description: 'x', permissions: ['reeve.flows.edit'] });
  const set = await admin.post('/api/v1/iam/resource-sets', { label: 'All flows', description: 'x', resources: [`orn:okta:workflow:${id}:flows`] });
  const person = await addPerson(admin, 'role@example.com'), group = await admin.post('/api/v1/groups', { profile: { name: 'Runners' } });
  await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${baseUrl}/api/v1/users/${person.id}`, `${baseUrl}/api/v1/groups/${group.id}`] });
  for (const m of (await admin.get(`/api/v1/iam/resource-sets/${set.id}/bindings/${role.id}/members`)).members)
    await admin.delete(`/api/v1/iam/resource-sets/${set.id}/bindings/${role.id}/members/${m.id}`);
  expect('role.user', 'add remove', person.id);
  expect('role.group', 'add remove', group.id);
}

test('WF-106: each of them is written with actor, target and time', async () => {
  const home = await admin.post(`${N}/folders`, { name: 'Home' }), other = await admin.post(`${N}/folders`, { name: 'Other' });
  await flows(home, other);
  await foldersAndTables(home, other);
  await connections();
  await roles();
  assert.deepEqual([...new Set(expected.map(([t]) => t))].sort(), [...types].sort());
  for (const [type, id] of expected) {
    const e = await until(async () => (await events(type)).find((x) => id === null || x.target.some((t) => t.id === id)), `${type} of ${id}`);
    assert.equal(e.actor.alternateId, 'admin@reeve.example', type);
    assert.ok(e.target.length > 0 && e.target[0].displayName, `${type} has a target`);
    assert.ok(Date.parse(e.published) >= begin, e.published);
  }
});

test('WF-106: a run that nears the limit of cards and one that passes it are told, once each', async () => {
  const folder = await admin.post(`${N}/folders`, { name: 'Long' });
  const chain = (n) => resolve([card('http:delegated', 'start'), ...Array.from({ length: n - 1 }, (_, i) => card('math:add', `c${i}`, { set: { a: 1, b: 1 } }))]);
  const run = async (n) => {
    const flow = await admin.post(`${N}/flows`, { name: `Chain of ${n}`, folderId: folder.id, cards: chain(n) });
    const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
    return { flow, run: await until(async () => { const r = await admin.get(`${N}/runs/${runId}`); return r.endedAt ? r : null; }, 'the end') };
  };
  const targets = async (what) => (await events(`workflows.org.step_execution_limit.${what}`)).map((e) => [e.actor.type, e.target[0].id]);
  const short = await run(79), near = await run(100), over = await run(101);
  assert.deepEqual([short.run.status, near.run.status, over.run.status], ['SUCCEEDED', 'SUCCEEDED', 'FAILED']);
  await until(async () => (await targets('violation')).length === 1 && (await targets('warning')).length === 2, 'the events');
  assert.deepEqual(await targets('violation'), [['SystemPrincipal', over.flow.id]]);
  assert.equal((await events('workflows.org.step_execution_limit.violation'))[0].published, over.run.endedAt, 'one transaction');
  assert.deepEqual((await targets('warning')).sort(), [['SystemPrincipal', near.flow.id], ['SystemPrincipal', over.flow.id]].sort());
});

test('WF-106: a standard role in flows is told of a person and a group, one that has nothing to do with flows is not', async () => {
  const person = await addPerson(admin, 'standard@example.com'), group = await admin.post('/api/v1/groups', { profile: { name: 'Standard' } });
  const told = async (member, kind) => (await Promise.all(['add', 'remove'].map((v) => events(`${U}role.${kind}.${v}`)))).flat()
    .filter((e) => e.target[0].id === member.id).map((e) => [e.eventType.split('.').at(-1), e.target[1].type, e.target[1].displayName]);
  for (const [member, kind, of] of [[person, 'user', 'users'], [group, 'group', 'groups']]) {
    const path = `/api/v1/${of}/${member.id}/roles`;
    const other = await admin.post(path, { type: 'READ_ONLY_ADMIN' }), given = await admin.post(path, { type: 'WORKFLOWS_ADMIN' });
    await admin.delete(`${path}/${other.id}`);
    assert.deepEqual(await told(member, kind), [['add', 'ROLE', 'Workflows Administrator']], kind);
    await admin.delete(`${path}/${given.id}`);
    assert.deepEqual(await told(member, kind), [['add', 'ROLE', 'Workflows Administrator'], ['remove', 'ROLE', 'Workflows Administrator']], kind);
  }
  await admin.post(`/api/v1/users/${person.id}/roles`, { type: 'WORKFLOWS_ADMIN' });
  for (let i = 0; i < 2; i++) await admin.delete(`/api/v1/users/${person.id}`); // the first one deactivates
  assert.equal((await told(person, 'user')).filter(([v]) => v === 'remove').length, 2, 'a person who is deleted loses it');
  await admin.post(`/api/v1/groups/${group.id}/roles`, { type: 'WORKFLOWS_ADMIN' });
  await admin.delete(`/api/v1/groups/${group.id}`);
  assert.equal((await told(group, 'group')).filter(([v]) => v === 'remove').length, 2, 'a group that is deleted loses it');
});

test('WF-106: a look at the rows of a table is a look at the table', async () => {
  const folder = await admin.post(`${N}/folders`, { name: 'Looked at' });
  const make = (name) => admin.post(`${N}/tables`, { name, folderId: folder.id, columns: [{ name: 'a', type: 'text' }] });
  const looks = async (table) => (await events(`${U}table.view`)).filter((e) => e.target[0].id === table.id);
  const rows = await make('Rows'), one = await make('One row'), unseen = await make('Unseen');
  const row = await admin.post(`${N}/tables/${one.id}/rows`, { values: { a: 'x' } });
  await admin.patch(`${N}/tables/${unseen.id}`, { version: unseen.version, name: 'Never seen' });
  for (let i = 0; i < 3; i++) await admin.get(`${N}/tables/${rows.id}/rows`);
  await admin.get(`${N}/tables/${rows.id}`); // within the same ten minutes
  await admin.get(`${N}/tables/${one.id}/rows/${row.id}`);
  await admin.raw('GET', `${N}/tables/${unseen.id}/rows/none`);
  for (const table of [rows, one]) await until(async () => (await looks(table)).length > 0, `a look at ${table.name}`);
  assert.deepEqual([(await looks(rows)).length, (await looks(one)).length, (await looks(unseen)).length], [1, 1, 0]);
  assert.equal((await looks(rows))[0].target[0].displayName, 'Rows');
});

const adds = (card, n) => Array.from({ length: n }, (_, i) => card('math:add', `c${i}`, { set: { a: 1, b: 1 } }));

test('WF-106: a chain of runs that passes the limit of cards together is told once, in the name of the run that ended first', async () => {
  const folder = await admin.post(`${N}/folders`, { name: 'Chains' });
  const flowOf = (name, cards) => admin.post(`${N}/flows`, { name, folderId: folder.id, cards: resolve(cards) });
  const helper = await flowOf('Many', [card('control:callable', 'start'), ...adds(card, 9)]);
  await admin.post(`${N}/flows/${helper.id}/activate`);
  const caller = await flowOf('Caller', [card('http:delegated', 'start'), card('control:times', 'all', { set: { flo: helper.id, count: 20, concurrency: 10 } })]);
  const ids = [helper.id, caller.id], told = async () => (await events('workflows.org.step_execution_limit.violation')).filter((e) => ids.includes(e.target[0].id));
  for (const most of [1, 2]) {
    const { runId } = await admin.post(`${N}/flows/${caller.id}/test`, { inputs: {} }, [202]);
    const run = await until(async () => { const r = await admin.get(`${N}/runs/${runId}`); return r.endedAt ? r : null; }, 'the end');
    assert.match(run.error.message, /limit run.cards/);
    assert.equal((await told()).length, most);
  }
  assert.deepEqual((await told()).map((e) => e.target[0].id), [helper.id, helper.id]);
});

test('WF-106: a run that passes the limit is told of once, also when the server is killed on the way', { timeout: 300_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-')), config = { 'flows.run_cards': 100 };
  let k = await startReeve({ dir, config });
  try {
    const boss = new Client(k.url, { token: await apiToken(await firstAdministrator(k)) }), make = await cardMaker(boss);
    const folder = await boss.post(`${N}/folders`, { name: 'Killed' });
    const flow = await boss.post(`${N}/flows`, { name: 'Too long', folderId: folder.id, cards: resolve([make('http:delegated', 'start'), ...adds(make, 100)]) });
    const ids = [];
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 4; i++) ids.push((await boss.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202])).runId);
      for (let looks = 0; looks < round / 2; looks++) await boss.get(`${N}/runs/${ids.at(-1)}`); // a little later each time
      await k.kill();
      k = await restart({ dir }, { config });
      boss.url = k.url;
    }
    for (const id of ids) assert.equal((await until(async () => { const r = await boss.get(`${N}/runs/${id}`); return r.endedAt ? r : null; }, 'the end')).status, 'FAILED');
    const told = await boss.get(`/api/v1/logs?limit=1000&filter=${encodeURIComponent('eventType eq "workflows.org.step_execution_limit.violation"')}`);
    assert.equal(told.length, ids.length);
  } finally {
    await k.stop();
    removeDir({ dir });
  }
});
