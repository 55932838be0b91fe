// Resource types, the synchronisation of workflows, integrations.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, restart, removeDir, firstAdministrator, addPerson, signIn, until, adminPassword } from '../lib/reeve.mjs';
import { enableFeatures, letAccessRequestsRun, syncWorkflows, giveTeam, mails, N } from '../lib/badge.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const none = 'ffffffffffffffffffffffff';
const causes = (r) => (r.json.errorCauses ?? []).map((c) => c.location);
const types = async (c) => Object.fromEntries((await c.get(`${N}/resource-types`)).data.map((t) => [t.type, t]));
const items = async (c) => (await c.get(`${N}/resource-types/workflows/items?limit=200`)).data;

/** A flow that begins with the given card; fields of a Delegated Flow card. */
async function flow(admin, folderId, name, { start = 'http:delegated', fields = [], on = true } = {}) {
  const card = await cardMaker(admin);
  const cards = resolve([card(start, 'start', { add: fields })]);
  const made = await admin.post(`${N}/flows`, { name, folderId, cards });
  if (on) await admin.post(`${N}/flows/${made.id}/activate`, {});
  return made;
}
const reshape = async (admin, id, fields) => {
  const card = await cardMaker(admin);
  const now = await admin.get(`${N}/flows/${id}`);
  await admin.patch(`${N}/flows/${id}`, { version: now.version, cards: resolve([card('http:delegated', 'start', { add: fields })]) });
};

describe('resources and integrations', () => {
  let s, admin, me, folder, team, okta;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    me = await admin.get('/api/v1/users/me');
    folder = await admin.post(`${N}/folders`, { name: 'Facilities' });
    team = await admin.post(`${N}/teams`, { name: 'Badge desk' });
    await admin.put(`${N}/teams/${team.id}/members/${me.id}`, {}, [204]);
    okta = (await admin.get(`${N}/integrations`)).data[0];
  });
  after(() => s?.stop());

  const picker = async (client = admin, t = team) => (await client.get(`${N}/integrations/${okta.id}/workflows?teamId=${t.id}`)).data;
  const text = { key: 'why', label: 'Why', type: 'text', required: true };

  test('AR-38: while the feature is off neither the resource nor the switch nor the action is offered', async () => {
    assert.deepEqual(Object.keys(await types(admin)), ['users', 'groups', 'applications']);
    assert.equal((await admin.raw('POST', `${N}/resource-types/workflows/sync`, { body: {} })).status, 404);
    assert.equal((await admin.raw('PUT', `${N}/resource-types/workflows/teams/${team.id}`)).status, 404);
    const i = await admin.get(`${N}/integrations/${okta.id}`);
    assert.deepEqual(i.actions, [{ action: 'RUN_WORKFLOW', name: 'Run a workflow', on: false, available: false }]);
    const on = await admin.raw('PATCH', `${N}/integrations/${okta.id}`, { body: { version: i.version, actions: { RUN_WORKFLOW: true } } });
    assert.equal(on.status, 400);
    assert.match(on.text, /Features/);
    const access = await admin.get(`${N}/teams/${team.id}/access`);
    assert.ok(!access.resourceTypes.some((r) => r.type === 'workflows'));
    assert.deepEqual(access.integrations[0].actions, []);
    assert.deepEqual(await picker(), []);
    await enableFeatures(admin);
    assert.deepEqual(Object.keys(await types(admin)), ['users', 'groups', 'applications', 'workflows']);
    assert.equal((await admin.get(`${N}/integrations/${okta.id}`)).actions[0].available, true);
  });

  test('people and applications are counted as they are, and their objects are listed', async () => {
    const t = await types(admin);
    assert.ok(t.users.count >= 1 && t.applications.count >= 1);
    assert.deepEqual([t.users.status, t.users.error, t.users.teams], ['IDLE', null, []]);
    assert.ok(t.groups.count > 0 || /group/.test(t.groups.hint));
    await addPerson(admin, 'new.person@example.com', { firstName: 'New' });
    assert.equal((await types(admin)).users.count, t.users.count + 1);
    const found = (await admin.get(`${N}/resource-types/users/items?q=NEW.PERS`)).data;
    assert.deepEqual(found.map((p) => [p.description, p.path]), [['new.person@example.com', null]]);
    assert.ok((await admin.get(`${N}/resource-types/applications/items?limit=1`)).data[0].name);
    assert.equal((await admin.raw('GET', `${N}/resource-types/planets`)).status, 404);
    assert.equal((await admin.raw('GET', `${N}/resource-types/planets/items`)).status, 404);
    assert.equal((await admin.raw('POST', `${N}/resource-types/planets/sync`)).status, 404);
    assert.equal((await admin.raw('PUT', `${N}/resource-types/groups/teams/${none}`)).status, 404);
    assert.equal((await admin.raw('DELETE', `${N}/resource-types/users/teams/${team.id}`)).status, 409);
  });

  test('AR-34: without the role assignment no workflow is visible, and the sentence says that it is missing', async () => {
    await flow(admin, folder.id, 'Nobody may run me');
    assert.match((await types(admin)).workflows.hint, /^0 workflows visible: the role assignment of the Access Requests app is missing/);
    const t = await syncWorkflows(admin);
    assert.deepEqual([t.status, t.count, t.error], ['IDLE', 0, null]);
    assert.match(t.hint, /role assignment of the Access Requests app is missing/);
    assert.deepEqual(await items(admin), []);
  });

  test('AR-3, AR-4, AR-33, AR-35: a synchronisation sees of chosen flows exactly the delegated ones that are on; with all flows also later ones', async () => {
    const chosen = await flow(admin, folder.id, 'Chosen');
    const off = await flow(admin, folder.id, 'Chosen but off', { on: false });
    const helper = await flow(admin, folder.id, 'Chosen but no delegated flow', { start: 'control:callable' });
    const left = await flow(admin, folder.id, 'Not chosen');
    const grant = await letAccessRequestsRun(admin, [chosen.id, off.id, helper.id], 'Chosen flows');
    let t = await syncWorkflows(admin);
    assert.equal(t.hint, null);
    assert.deepEqual((await items(admin)).map((f) => f.id), [chosen.id]);
    assert.equal((await items(admin))[0].path, 'Facilities');
    const later = await flow(admin, folder.id, 'Made later');
    await syncWorkflows(admin);
    assert.deepEqual((await items(admin)).map((f) => f.id), [chosen.id]);
    // Taking the role away empties the list; all flows in the set show later ones too.
    await admin.delete(`/api/v1/iam/resource-sets/${grant.set.id}/bindings/${grant.role.id}`, [204]);
    t = await syncWorkflows(admin);
    assert.equal(t.count, 0);
    assert.match(t.hint, /role assignment/);
    await letAccessRequestsRun(admin, 'all', 'All flows');
    await syncWorkflows(admin);
    const names = (await items(admin)).map((f) => f.name);
    assert.ok(names.includes('Chosen') && names.includes('Not chosen') && names.includes('Made later'));
    assert.ok(!names.includes('Chosen but off') && !names.includes('Chosen but no delegated flow'));
    const evenLater = await flow(admin, folder.id, 'Made even later');
    await syncWorkflows(admin);
    assert.ok((await items(admin)).some((f) => f.id === evenLater.id));
    await admin.post(`${N}/flows/${later.id}/deactivate`, {});
    await syncWorkflows(admin);
    assert.ok(!(await items(admin)).some((f) => f.id === later.id));
    assert.ok((await items(admin)).some((f) => f.id === left.id));
  });

  test('AR-43, AR-45, AR-46, AR-49: a team chooses workflows only with access to them, in the connection, and with the switch on', async () => {
    const t = await admin.post(`${N}/teams`, { name: 'Picks workflows' });
    const all = (await items(admin)).length;
    assert.ok(all > 0);
    assert.deepEqual(await picker(admin, t), []);
    // In the connection, with the switch on, but without access to Workflows: nothing.
    await giveTeam(admin, t.id, { workflows: false });
    assert.deepEqual(await picker(admin, t), []);
    await admin.put(`${N}/resource-types/workflows/teams/${t.id}`, undefined, [204]);
    assert.equal((await picker(admin, t)).length, all);
    assert.ok((await types(admin)).workflows.teams.some((x) => x.id === t.id));
    // The switch alone.
    const i = await admin.get(`${N}/integrations/${okta.id}`);
    const switched = await admin.patch(`${N}/integrations/${okta.id}`, { version: i.version, actions: { RUN_WORKFLOW: false } });
    assert.equal(switched.actions[0].on, false);
    assert.deepEqual(await picker(admin, t), []);
    await admin.patch(`${N}/integrations/${okta.id}`, { version: switched.version, actions: { RUN_WORKFLOW: true } });
    assert.equal((await picker(admin, t)).length, all);
    // The connection alone.
    await admin.delete(`${N}/integrations/${okta.id}/teams/${t.id}`, [204]);
    assert.deepEqual(await picker(admin, t), []);
    await admin.put(`${N}/integrations/${okta.id}/teams/${t.id}`, undefined, [204]);
    assert.equal((await picker(admin, t)).length, all);
    // The resource alone.
    await admin.delete(`${N}/resource-types/workflows/teams/${t.id}`, [204]);
    assert.deepEqual(await picker(admin, t), []);
    const events = (await admin.get('/api/v1/logs?limit=1000')).map((e) => e.eventType);
    assert.ok(events.includes('reeve.integration.update') && events.includes('reeve.sync.finish'));
  });

  test('AR-6: the picker gives the fields of the Delegated Flow card, in card order, with type and required mark', async () => {
    await giveTeam(admin, team.id);
    const f = await flow(admin, folder.id, 'With fields', { fields: [
      text, { key: 'n', label: 'How many', type: 'number' }, { key: 'until', label: 'Until', type: 'date', required: true }, { key: 'now', label: 'At once', type: 'boolean' },
    ] });
    await syncWorkflows(admin);
    const row = (await picker()).find((x) => x.id === f.id);
    assert.deepEqual([row.name, row.folderPath, row.enabled, row.selectable, row.reason], ['With fields', 'Facilities', true, true, null]);
    assert.deepEqual(row.inputs, [
      { key: 'why', label: 'Why', type: 'text', required: true }, { key: 'n', label: 'How many', type: 'number', required: false },
      { key: 'until', label: 'Until', type: 'datetime', required: true }, { key: 'now', label: 'At once', type: 'boolean', required: false },
    ]);
  });

  test('members of a team read integrations and what their own team may choose; others do not', async () => {
    const anna = await addPerson(admin, 'anna@example.com', { firstName: 'Anna' });
    const asAnna = await signIn(s, 'anna@example.com');
    assert.equal((await asAnna.raw('GET', `${N}/integrations`)).status, 403);
    assert.equal((await asAnna.raw('GET', `${N}/integrations/${okta.id}/workflows?teamId=${team.id}`)).status, 403);
    await admin.put(`${N}/teams/${team.id}/members/${anna.id}`, {}, [204]);
    assert.equal((await asAnna.get(`${N}/integrations`)).data[0].id, okta.id);
    assert.ok((await picker(asAnna)).length > 0);
    const it = (await admin.get(`${N}/teams?q=IT`)).data.find((t) => t.name === 'IT');
    assert.equal((await asAnna.raw('GET', `${N}/integrations/${okta.id}/workflows?teamId=${it.id}`)).status, 403);
    const i = await admin.get(`${N}/integrations/${okta.id}`);
    for (const [method, path, body] of [
      ['GET', '/resource-types'], ['GET', '/resource-types/users/items'], ['POST', '/resource-types/workflows/sync'], ['PUT', `/resource-types/workflows/teams/${team.id}`],
      ['PATCH', `/integrations/${okta.id}`, { version: i.version, actions: {} }], ['PUT', `/integrations/${okta.id}/teams/${team.id}`],
    ])
      assert.equal((await asAnna.raw(method, N + path, { body })).status, 403, `${method} ${path}`);
  });

  test('bad input to integrations is refused with the member named', async () => {
    const i = await admin.get(`${N}/integrations/${okta.id}`);
    for (const [body, status, pointer] of [
      [{ version: i.version }, 400, '/actions'], [{ actions: {} }, 400, '/version'], [{ version: i.version, actions: { RUN_WORKFLOW: 'yes' } }, 400, '/actions/RUN_WORKFLOW'],
      [{ version: i.version, actions: { FLY: true } }, 400, '/actions/FLY'], [{ version: i.version, actions: [] }, 400, '/actions'], [{ version: i.version + 1, actions: {} }, 409],
      [{ version: i.version, name: 'x', actions: {} }, 400, '/name'],
    ]) {
      const r = await admin.raw('PATCH', `${N}/integrations/${okta.id}`, { body });
      assert.equal(r.status, status, r.text);
      if (pointer) assert.ok(causes(r).includes(pointer), r.text);
    }
    assert.deepEqual(await admin.get(`${N}/integrations/${okta.id}`), i);
    for (const [method, path, status] of [
      ['GET', '/integrations/goi00000000000000000', 404], ['PUT', `/integrations/${okta.id}/teams/${none}`, 404], ['PUT', `/integrations/goi00000000000000000/teams/${team.id}`, 404],
      ['GET', `/integrations/${okta.id}/workflows`, 400], ['GET', `/integrations/${okta.id}/workflows?teamId=${none}`, 404],
    ])
      assert.equal((await admin.raw(method, N + path)).status, status, `${method} ${path}`);
  });

  test('AR-48: Update now returns at once and runs behind; a second order while one runs is refused', async () => {
    const finished = async () => (await admin.get('/api/v1/logs?limit=1000&sortOrder=DESCENDING')).filter((e) => e.eventType === 'reeve.sync.finish').length;
    const before = await finished();
    const answers = await Promise.all(Array.from({ length: 8 }, () => admin.raw('POST', `${N}/resource-types/workflows/sync`, { body: {} })));
    const accepted = answers.filter((r) => r.status === 202);
    assert.ok(accepted.length >= 1);
    assert.ok(answers.every((r) => r.status === 202 || (r.status === 409 && /already running/.test(r.json.errorSummary))), answers.map((r) => r.status).join());
    assert.equal((await admin.raw('GET', `${N}/resource-types`)).status, 200); // usable meanwhile
    await until(async () => (await types(admin)).workflows.status === 'IDLE' && (await finished()) === before + accepted.length, 'every accepted order to be done once');
    const t = (await types(admin)).workflows;
    assert.equal(Date.parse(t.nextAt) - Date.parse(t.lastFinishedAt), 24 * 3600 * 1000);
  });

  describe('what a synchronisation does to published types', () => {
    let sequence = 0;
    const published = async (fields = [text]) => {
      const f = await flow(admin, folder.id, `Drift ${++sequence}`, { fields });
      await giveTeam(admin, team.id);
      await syncWorkflows(admin);
      const type = await admin.post(`${N}/request-types`, {
        name: `Drifting ${sequence}`, description: 'Ask.', icon: 'badge', teamId: team.id, audience: { type: 'EVERYONE' }, autoResolve: false,
        steps: [
          { id: 'q1', kind: 'QUESTION', text: 'Why', inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' } },
          { id: 'a1', kind: 'ACTION', text: 'Run it', action: 'RUN_WORKFLOW', automatic: true, flowId: f.id, inputs: { why: { source: 'QUESTION', stepId: 'q1' } } },
          { id: 't1', kind: 'CUSTOM_TASK', text: 'Check', assignTo: { type: 'REQUEST_ASSIGNEE' } },
        ],
      });
      const made = await admin.post(`${N}/request-types/${type.id}/publish`, {});
      assert.equal(made.status, 'ACTIVE');
      return { flow: f, type: made };
    };
    const now = (p) => admin.get(`${N}/request-types/${p.type.id}`);

    test('AR-23: a flow that is switched off disables the type at the next synchronisation and mails the team; not before', async () => {
      const p = await published();
      await admin.post(`${N}/flows/${p.flow.id}/deactivate`, {});
      assert.equal((await now(p)).status, 'ACTIVE');
      await syncWorkflows(admin);
      const t = await now(p);
      assert.equal(t.status, 'DISABLED');
      assert.ok(t.disabledReasons.some((r) => r.stepId === 'a1'));
      await until(async () => (await mails(admin)).some((m) => m.subject.includes(p.type.name)), 'the mail to the team');
    });
    test('AR-23: a flow that is deleted disables the type at the next synchronisation', async () => {
      const p = await published();
      await admin.post(`${N}/flows/${p.flow.id}/deactivate`, {});
      await admin.delete(`${N}/flows/${p.flow.id}`, [204]);
      await syncWorkflows(admin);
      assert.equal((await now(p)).status, 'DISABLED');
    });
    test('AR-24: a new optional input changes nothing; a new required, renamed or retyped one disables the type', async () => {
      const p = await published();
      await reshape(admin, p.flow.id, [text, { key: 'more', label: 'More', type: 'text' }]);
      await syncWorkflows(admin);
      assert.equal((await now(p)).status, 'ACTIVE');
      await reshape(admin, p.flow.id, [text, { key: 'more', label: 'More', type: 'text', required: true }]);
      await syncWorkflows(admin);
      assert.equal((await now(p)).status, 'DISABLED');
      for (const fields of [[{ ...text, key: 'reason' }], [{ ...text, type: 'number' }], []]) {
        const other = await published();
        await reshape(admin, other.flow.id, fields);
        await syncWorkflows(admin);
        assert.equal((await now(other)).status, 'DISABLED', JSON.stringify(fields));
      }
    });
    test('AR-5: a flow that is renamed and moved stays the flow of the type, and its label is refreshed', async () => {
      const p = await published();
      const elsewhere = await admin.post(`${N}/folders`, { name: 'Elsewhere' });
      const f = await admin.get(`${N}/flows/${p.flow.id}`);
      await admin.patch(`${N}/flows/${p.flow.id}`, { version: f.version, folderId: elsewhere.id, name: 'New name' });
      await syncWorkflows(admin);
      assert.equal((await now(p)).status, 'ACTIVE');
      const row = (await picker()).find((x) => x.id === p.flow.id);
      assert.deepEqual([row.name, row.folderPath], ['New name', 'Elsewhere']);
    });
    test('AR-45, AR-46, AR-49: taking the team out of the connection, its access or the switch away disables its types', async () => {
      let p = await published();
      await admin.delete(`${N}/resource-types/workflows/teams/${team.id}`, [204]);
      assert.equal((await now(p)).status, 'DISABLED');
      p = await published();
      await admin.delete(`${N}/integrations/${okta.id}/teams/${team.id}`, [204]);
      assert.equal((await now(p)).status, 'DISABLED');
      p = await published();
      const i = await admin.get(`${N}/integrations/${okta.id}`);
      await admin.patch(`${N}/integrations/${okta.id}`, { version: i.version, actions: { RUN_WORKFLOW: false } });
      assert.equal((await now(p)).status, 'DISABLED');
    });
  });
});

test('AR-47: the workflow list is refreshed after 24 hours without any action, and not before', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  // Not the faketime command: it stands between the test's signals and the server.
  const shifted = (hours) => restart({ dir }, {
    env: { LD_PRELOAD: faketime, FAKETIME: `+${hours}h`, FAKETIME_DONT_FAKE_MONOTONIC: '1', ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' },
  });
  let s = await startReeve({ dir });
  try {
    let admin = await firstAdministrator(s);
    const { profile } = await admin.get('/api/v1/users/me');
    await enableFeatures(admin);
    const folder = await admin.post(`${N}/folders`, { name: 'Daily' });
    await letAccessRequestsRun(admin, 'all');
    await flow(admin, folder.id, 'First');
    const first = await syncWorkflows(admin);
    await flow(admin, folder.id, 'Second');
    await s.stop();
    s = await shifted(23);
    admin = await signIn(s, profile.login, adminPassword);
    let t = (await types(admin)).workflows;
    assert.deepEqual([t.count, t.lastFinishedAt, t.nextAt], [1, first.lastFinishedAt, first.nextAt]);
    await s.stop();
    s = await shifted(25);
    admin = await signIn(s, profile.login, adminPassword);
    t = await until(async () => { const x = (await types(admin)).workflows; return x.count === 2 && x.status === 'IDLE' ? x : null; }, 'the daily synchronisation');
    assert.equal(Date.parse(t.nextAt) - Date.parse(t.lastFinishedAt), 24 * 3600 * 1000);
  } finally {
    await s.stop();
    removeDir({ dir });
  }
});
