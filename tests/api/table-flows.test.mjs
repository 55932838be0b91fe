// Flows that use tables: what a crash leaves, helper flows row by row, tables that are gone, who may use which, export files.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, until, addPerson, signIn, restart, removeDir } from '../lib/reeve.mjs';
import { N, runEnded } from '../lib/badge.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const rowsOf = async (c, id, query = '') => {
  const all = [];
  for (let path = `${N}/tables/${id}/rows?limit=200${query}`; path; ) {
    const page = await c.get(path);
    all.push(...page.data);
    path = page._links.next?.href.replace(/^https?:\/\/[^/]+/, '');
  }
  return all.map((r) => r.values);
};
const test_run = async (admin, flowId, inputs = {}) => {
  const { runId } = await admin.post(`${N}/flows/${flowId}/test`, { inputs }, [202]);
  await runEnded(admin, runId);
  return admin.get(`${N}/runs/${runId}`);
};

describe('flows with tables', () => {
  let s, admin, folder, table, card;
  const flow = (name, cards, folderId = folder.id) => admin.post(`${N}/flows`, { name, folderId, cards: resolve(cards) });
  const start = () => card('http:delegated', 'start', { add: [{ key: 'who', type: 'text' }, { key: 'table', type: 'text' }] });
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    card = await cardMaker(admin);
    folder = await admin.post(`${N}/folders`, { name: 'Staff' });
    table = await admin.post(`${N}/tables`, { name: 'People', folderId: folder.id, columns: [{ name: 'Name', type: 'text' }, { name: 'Seen', type: 'number', default: 0 }] });
  });
  after(() => s?.stop());

  test('WF-108: a flow makes a row, finds it, changes it by its id, reads it and deletes it', async () => {
    const options = { stash: table.id };
    const f = await flow('Life of a row', [start(),
      card('stash:createRow', 'make', { options, add: [{ key: 'Name' }], link: { Name: 'start.who' } }),
      card('stash:updateRow', 'change', { options, add: [{ key: 'Seen', type: 'number' }], set: { Seen: 7 }, link: { 'Row ID': 'make.Row ID' } }),
      card('stash:searchRows2', 'find', { options: { ...options, resultSet: 'all' }, set: { 'Where Expression': { expr: [{ lhs: 'Seen', op: '=', rhs: 7, join: 'AND' }] } } }),
      card('stash:readRow', 'read', { options, link: { 'Row ID': 'make.Row ID' }, add: [{ key: 'Name' }, { key: 'Seen', type: 'number' }] }),
      card('stash:deleteRow', 'drop', { options, link: { 'Row ID': 'make.Row ID' } })]);
    const run = await test_run(admin, f.id, { who: 'Ann' });
    assert.equal(run.status, 'SUCCEEDED', run.error?.message);
    const { cards, data } = await admin.get(`${N}/runs/${run.id}/cards`);
    const out = (id, key) => data.find((d) => d.cardId === id).outputs[cards.find((c) => c.id === id).outputs.find((o) => o.key === key).id];
    assert.deepEqual([out('read', 'Name'), out('read', 'Seen')], ['Ann', 7]);
    assert.deepEqual(out('find', 'Rows').map((r) => [r.Name, r.Seen, r['Row ID']]), [['Ann', 7, out('make', 'Row ID')]]);
    assert.deepEqual(await rowsOf(admin, table.id), []);
  });

  test('WF-115: with "provide table at runtime" the Table ID chooses the table, under the flow\'s top folder only', async () => {
    const below = await admin.post(`${N}/folders`, { name: 'Below', parentId: folder.id });
    const foreign = await admin.post(`${N}/folders`, { name: 'Foreign' });
    const make = (folderId) => admin.post(`${N}/tables`, { name: 'T', folderId, columns: [{ name: 'Name', type: 'text' }] });
    const [a, b, c] = [await make(folder.id), await make(below.id), await make(foreign.id)];
    const f = await flow('Any table', [start(), card('stash:createRow', 'make', { options: { stash: 'runtime' }, add: [{ key: 'Name' }], link: { Name: 'start.who', 'Table ID': 'start.table' } })]);
    for (const t of [a, b]) assert.equal((await test_run(admin, f.id, { who: t.id, table: t.id })).status, 'SUCCEEDED');
    assert.deepEqual(await rowsOf(admin, a.id), [{ Name: a.id }]);
    assert.deepEqual(await rowsOf(admin, b.id), [{ Name: b.id }]);
    const refused = await test_run(admin, f.id, { who: 'x', table: c.id });
    assert.equal(refused.status, 'FAILED');
    assert.match(refused.error.message, /no table with the id/);
    assert.deepEqual(await rowsOf(admin, c.id), []);
  });

  test('a search that streams gives the helper flow each row as Record, with State, one after the other', async () => {
    const t = await admin.post(`${N}/tables`, { name: 'Source', folderId: folder.id, columns: [{ name: 'N', type: 'number' }] });
    const log = await admin.post(`${N}/tables`, { name: 'Log', folderId: folder.id, columns: [{ name: 'Text', type: 'text' }] });
    const csv = await admin.raw('POST', `${N}/tables/${t.id}/import`, { type: 'text/csv', body: `N\n${Array.from({ length: 30 }, (_, i) => i + 1).join('\n')}\n` });
    assert.equal(csv.status, 200);
    const helper = await flow('Each', [card('control:callable', 'start', { add: [{ key: 'Record', type: 'object' }, { key: 'State', type: 'object' }] }),
      card('string:concat', 'text', { link: { string1: 'start.State/prefix', string2: 'start.Record/N' } }),
      card('stash:createRow', 'make', { options: { stash: log.id }, add: [{ key: 'Text' }], link: { Text: 'text.output' } })]);
    await admin.post(`${N}/flows/${helper.id}/activate`, {});
    const f = await flow('All', [start(), card('stash:searchRows2', 'find', { options: { stash: t.id, resultSet: 'stream' }, add: [{ group: 'Streaming', key: 'prefix' }],
      set: { Flow: helper.id, prefix: 'n', 'Where Expression': { expr: [{ lhs: 'N', op: '>', rhs: 5 }] }, Column: 'N', Direction: 'desc', Limit: 20 } })]);
    const run = await test_run(admin, f.id);
    assert.equal(run.status, 'SUCCEEDED', run.error?.message);
    assert.deepEqual((await rowsOf(admin, log.id)).map((r) => r.Text), Array.from({ length: 20 }, (_, i) => `n${30 - i}`));
    const { cards, data } = await admin.get(`${N}/runs/${run.id}/cards`);
    const pin = cards[1].outputs.find((o) => o.key === 'Records Streamed');
    assert.equal(data.find((d) => d.cardId === 'find').outputs[pin.id], 20);
  });

  test('a table that flows use is deleted only when confirmed; then the flow says what is wrong and cannot be switched on', async () => {
    const t = await admin.post(`${N}/tables`, { name: 'Needed', folderId: folder.id, columns: [{ name: 'Name', type: 'text' }] });
    const f = await flow('Needs it', [start(), card('stash:createRow', 'make', { title: 'Keep it', options: { stash: t.id }, add: [{ key: 'Name' }, { key: 'Age' }], link: { Name: 'start.who' } })]);
    assert.match((await admin.get(`${N}/flows/${f.id}`)).problems.map((p) => p.sentence).join(), /"Needed".*no column "Age"/);
    const refused = await admin.raw('DELETE', `${N}/tables/${t.id}`);
    assert.equal(refused.status, 409);
    assert.match(refused.json.errorSummary, /"Needs it"/);
    await admin.delete(`${N}/tables/${t.id}?confirm=true`);
    const after = await admin.get(`${N}/flows/${f.id}`);
    assert.match(after.problems.map((p) => p.sentence).join(), /table of card "Keep it" was deleted/);
    assert.equal((await admin.raw('POST', `${N}/flows/${f.id}/activate`, { body: {} })).status, 400);
    const run = await test_run(admin, f.id, { who: 'x' });
    assert.equal(run.status, 'FAILED');
    assert.match(run.error.message, /table of this card was deleted/);
  });

  test('who may not change a table saves no flow that would, neither by its name nor at run time', async () => {
    const { organisation } = await admin.get(`${N}/session`);
    const user = await addPerson(admin, 'author@example.com');
    const give = async (label, permissions) => {
      const role = await admin.post('/api/v1/iam/roles', { label, description: label, permissions });
      const set = await admin.post('/api/v1/iam/resource-sets', { label, description: label, resources: [`orn:okta:workflow:${organisation.id}:folders:${folder.id}`] });
      await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/api/v1/users/${user.id}`] });
    };
    await give('Edits flows', ['reeve.flows.edit', 'reeve.flows.read']);
    const author = await signIn(s, 'author@example.com');
    const attempt = async (name, options) => (await author.raw('POST', `${N}/flows`, { body: { name: 'Mine', folderId: folder.id, cards: resolve([start(), card(name, 'c', { options })]) } })).status;
    assert.equal(await attempt('stash:clearTable', { stash: table.id }), 403);
    assert.equal(await attempt('stash:clearTable', { stash: 'runtime' }), 403);
    assert.equal(await attempt('stash:readTable', { stash: table.id }), 403);
    await give('Reads tables', ['reeve.tables.read']);
    assert.equal(await attempt('stash:readTable', { stash: table.id }), 201);
    assert.equal(await attempt('stash:clearTable', { stash: table.id }), 403);
    await give('Edits tables', ['reeve.tables.edit']);
    assert.equal(await attempt('stash:clearTable', { stash: table.id }), 201);
    assert.equal(await attempt('stash:clearTable', { stash: 'runtime' }), 201);
  });

  test('WF-127, WF-128: an export file carries tables with all columns, no row, and its cards find them again after an import', async () => {
    const top = await admin.post(`${N}/folders`, { name: 'Packed' });
    const types = [{ name: 'Text', type: 'text', default: 'none' }, { name: 'Number, "odd"', type: 'number', default: 1.5 }, { name: 'Yes', type: 'boolean', default: true }, { name: 'When', type: 'date' }];
    const t = await admin.post(`${N}/tables`, { name: 'Packed table', description: 'for tests', folderId: top.id, columns: types });
    await admin.post(`${N}/tables/${t.id}/rows`, { values: { Text: 'secret-row-text' } });
    await flow('Uses it', [start(), card('stash:searchRows2', 'find', { options: { stash: t.id, resultSet: 'one' }, add: [{ group: '_expr', key: 'wanted' }, { group: 'Fields', key: 'Text' }], link: { wanted: 'start.who' },
      set: { 'Where Expression': { expr: [{ lhs: 'Text', op: '=', join: 'AND', rhd: { methodId: 'start', outputId: 'wanted' } }] } } })], top.id);
    const pack = (await admin.raw('GET', `${N}/folders/${top.id}/export`)).text;
    assert.ok(!pack.includes('secret-row-text'));
    const told = await admin.get(`/api/v1/logs?filter=${encodeURIComponent(`eventType eq "workflows.user.table.schema.export" and target.id eq "${t.id}"`)}`);
    assert.equal(told.length, 1);
    const found = (await admin.get(`${N}/search?q=packed%20tab`)).data;
    assert.deepEqual(found.map((h) => [h.kind, h.href]), [['TABLE', `/tables/${t.id}`]]);
    const second = await admin.post(`${N}/folders`, { name: 'Again' });
    const report = await admin.raw('POST', `${N}/flows/import?folderId=${second.id}`, { body: pack });
    assert.equal(report.status, 201, report.text);
    assert.deepEqual(report.json.warnings, []);
    const again = (await admin.raw('GET', `${N}/folders/${second.id}/export`)).text;
    const shape = (text) => {
      const { data } = JSON.parse(text);
      const [id] = Object.keys(data.tables);
      return JSON.stringify([Object.values(data.tables).map(({ name, description, data: d }) => [name, description, d.class, d.structure]), Object.values(data.flos).map((f) => [f.name, f.data.methods.map((m) => m.node.model.inputs)])]).replaceAll(id, 'TABLE').replaceAll(/,"displayname":"[^"]*"/g, '');
    };
    assert.equal(shape(again), shape(pack));
    const copy = (await admin.get(`${N}/tables?q=packed%20table&limit=200`)).data.find((x) => x.id !== t.id);
    assert.equal(copy.rowCount, 0);
    assert.deepEqual(copy.columns.map(({ name, type, default: d }) => ({ name, type, ...(d === null ? {} : { default: d }) })), types);
    await admin.post(`${N}/tables/${copy.id}/rows`, { values: { Text: 'Ann' } });
    const imported = report.json.flows[0].id;
    const run = await test_run(admin, imported, { who: 'Ann' });
    const { cards, data } = await admin.get(`${N}/runs/${run.id}/cards`);
    assert.equal(data[1].outputs[cards[1].outputs.find((o) => o.key === 'Text').id], 'Ann');
    const lost = JSON.parse(pack);
    lost.data.tables = {};
    const refused = await admin.raw('POST', `${N}/flows/import?folderId=${second.id}`, { body: lost });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /the table of this card is not in the export/);
    const doubled = JSON.parse(pack);
    Object.values(doubled.data.tables)[0].data.structure.push({ name: 'Text', type: 'str', default: '' });
    assert.match((await admin.raw('POST', `${N}/flows/import?folderId=${second.id}`, { body: doubled })).text, /two of its columns are named/);
    const single = JSON.parse((await admin.raw('GET', `${N}/flows/${imported}/export`)).text);
    assert.deepEqual(Object.values(single.data.tables).map((x) => x.name), ['Packed table'], 'a flow alone brings its table');
  });
});

test('a run that is killed at any moment has done each of its rows exactly once, and goes on where it was', { timeout: 600_000 }, async () => {
  let s = await startReeve({ config: { 'flows.starts_per_second': 0 } });
  try {
    let admin = await firstAdministrator(s);
    const card = await cardMaker(admin);
    const folder = await admin.post(`${N}/folders`, { name: 'Crash' });
    const log = await admin.post(`${N}/tables`, { name: 'Log', folderId: folder.id, columns: [{ name: 'Text', type: 'text' }] });
    const options = { stash: log.id };
    // each run finds no row of its own, makes one, finds that, makes two more: after a crash it must not find other than before
    const find = (id) => card('stash:searchRows2', id, { options: { ...options, resultSet: 'all' }, add: [{ group: '_expr', key: 'wanted' }], link: { wanted: 'start.who' },
      set: { 'Where Expression': { expr: [{ lhs: 'Text', op: '=', rhd: { outputId: 'wanted' } }] } } });
    const make = (id, set) => card('stash:createRow', id, { options, add: [{ key: 'Text' }], ...set });
    const f = await admin.post(`${N}/flows`, { name: 'Thrice', folderId: folder.id, cards: resolve([card('http:delegated', 'start', { add: [{ key: 'who', type: 'text' }] }),
      find('before'), card('list:length', 'count', { link: { list: 'before.Rows' } }),
      make('one', { link: { Text: 'start.who' } }), card('string:concat', 'two text', { link: { string1: 'start.who', string2: 'count.length' } }),
      make('two', { link: { Text: 'two text.output' } }), make('three', { link: { Text: 'one.Row ID' } })]) });
    const accepted = [];
    for (let round = 0; round < 6; round++) {
      let dead = false;
      const send = async (i) => {
        for (let k = 0; !dead; k++) {
          const who = `r${round}-${i}-${k}.`;
          const r = await admin.raw('POST', `${N}/flows/${f.id}/test`, { body: { inputs: { who } } }).catch(() => null);
          if (r?.status === 202) accepted.push(who);
          else if (r) assert.equal(r.status, 429, r.text);
        }
      };
      const senders = [0, 1, 2, 3].map(send);
      await until(() => accepted.length > round * 40 + 20, 'runs to be accepted');
      dead = true;
      await s.kill();
      await Promise.all(senders);
      s = await restart(s, { config: { 'flows.starts_per_second': 0 } });
      admin.url = s.url;
    }
    await until(async () => (await admin.get(`${N}/runs?flowId=${f.id}&status=QUEUED&limit=1`)).data.length + (await admin.get(`${N}/runs?flowId=${f.id}&status=RUNNING&limit=1`)).data.length === 0, 'all runs to end');
    const failed = (await admin.get(`${N}/runs?flowId=${f.id}&status=FAILED&limit=5`)).data;
    assert.deepEqual(failed.map((r) => r.error?.message), []);
    const texts = (await rowsOf(admin, log.id)).map((r) => r.Text);
    const count = (t) => texts.filter((x) => x === t).length;
    for (const who of accepted) {
      assert.equal(count(who), 1, `${who} made its first row once`);
      assert.equal(count(`${who}0`), 1, `${who} found none before, once and for all`);
      assert.equal(count(`${who}1`), 0, `${who} did not look again behind its first row`);
    }
    const ids = texts.filter((t) => /^\d+-\d+$/.test(t));
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(texts.length, 3 * ids.length, 'three rows a run, no more');
    await s.stop();
  } finally { await s.kill().catch(() => {}); removeDir(s); }
});
