// Fields that the author of a streaming card adds for its helper flow (workflows.md 15): members of State, whatever card streams.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, until, apiToken, Client } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { runOver, cardsOf } from '../lib/cards.mjs';
import { startService } from '../lib/service.mjs';

const N = '/reeve/api/v1';
const STATE = ['text', 'number', 'boolean', 'object', 'date', 'empty'];

describe('state of a stream', () => {
  let s, admin, web, card, folder, helper, types;
  const make = async (name, cards, on) => {
    const f = await admin.post(`${N}/flows`, { name, folderId: folder.id, cards: resolve(cards) });
    if (on) await admin.post(`${N}/flows/${f.id}/activate`, {});
    return f;
  };
  /** fields as the designer adds them: of a type each, with a value or a link, in the card's group Streaming */
  const state = () => [
    { key: 'text', type: 'text', value: 'a' }, { key: 'number', type: 'number', value: 30 }, { key: 'boolean', type: 'boolean', value: false }, { key: 'object', type: 'object', value: { a: [1] } },
    { key: 'date', type: 'date', from: { card: 'start', output: 'day', convert: 'dateTime' } }, { key: 'empty', type: 'text' },
  ].map((p) => ({ id: `state_${p.key}`, group: 'Streaming', label: p.key, custom: true, ...p }));
  const streamer = (name, { set = {}, ...o }) => {
    const c = card(name, 'one', { set: { 'Streaming/Flow': helper.id, Flow: helper.id, ...set }, ...o });
    c.inputs.push(...state());
    return make(name, [card('http:delegated', 'start', { add: [{ key: 'day' }] }), c]);
  };
  const callsOf = async () => Promise.all((await until(async () => { const list = (await admin.get(`${N}/runs?flowId=${helper.id}&limit=200`)).data; return list.every((r) => r.endedAt) ? list : null; }, 'the helper runs to end')).map(async (r) => (await cardsOf(admin, r.id))[0].out));
  const expected = (day) => ({ text: 'a', number: 30, boolean: false, object: { a: [1] }, date: new Date(day).toISOString(), empty: null });
  async function streams(flow, record, n) {
    const before = (await callsOf()).length;
    const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: { day: '2026-01-31' } }, [202]);
    const run = await runOver(admin, runId);
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    const mine = (await cardsOf(admin, run.id))[1];
    assert.equal(mine.out['Records Streamed'], n);
    assert.deepEqual(STATE.map((k) => mine.inputs[`state_${k}`] ?? null), Object.values(expected('2026-01-31')), 'the history of the card shows what it handed over');
    const calls = (await callsOf()).slice(0, -before || undefined);
    assert.equal(calls.length, n);
    for (const c of calls) {
      assert.deepEqual(c.State, expected('2026-01-31'));
      assert.ok(c.Record[record], JSON.stringify(c.Record));
      assert.equal(c.number, 30, 'a head that names a field gets it by its key');
      assert.equal(c.empty, 'its own', 'and keeps its own value for what is empty');
    }
  }
  before(async () => {
    web = await startService();
    s = await startReeve({ config: { 'client.allow': web.allow } });
    admin = await firstAdministrator(s);
    for (const n of ['ann', 'ben', 'cid']) await addPerson(admin, `${n}@example.com`, { department: 'State' });
    admin = new Client(s.url, { token: await apiToken(admin, 'state') });
    card = await cardMaker(admin);
    types = (await admin.get(`${N}/cards`)).data;
    folder = await admin.post(`${N}/folders`, { name: 'State' });
    const head = card('control:callable', 'start', { add: [{ key: 'Record', type: 'object' }, { key: 'State', type: 'object' }, { key: 'number', type: 'number' }, { key: 'empty' }] });
    head.inputs.find((p) => p.key === 'empty').value = 'its own';
    helper = await make('Each', [head], true);
  });
  after(async () => { await s?.stop(); await web?.stop(); });

  test('the card table names the group of every card that streams, and of no other', () => {
    const streaming = types.filter((c) => c.inputs.some((p) => p.group === 'Streaming'));
    assert.ok(streaming.length >= 13, streaming.map((c) => c.card).join());
    assert.deepEqual(types.filter((c) => c.stateGroup).map((c) => [c.card, c.stateGroup]), streaming.map((c) => [c.card, 'Streaming']));
  });
  test('WF-123: List Users with Search hands the fields of every type to each call, and its search does not see them', async () => {
    const connectionId = (await admin.post(`${N}/connections`, { name: 'Here', connector: 'okta' })).id;
    const flow = await streamer('okta:listUsersWithSearch', { connectionId, options: { resultSet: 'Stream Matching Records' }, set: { 'Custom Search Criteria': 'profile.department eq "State"' } });
    await streams(flow, 'ID', 3);
  });
  test('a card of a described connector hands them over in the same way', async () => {
    web.handle = (q, r) => r.json(200, { value: [{ id: 't1', displayName: 'One' }, { id: 't2', displayName: 'Two' }] });
    const connectionId = (await admin.post(`${N}/connections`, { name: 'Teams', connector: 'microsoftteams', auth: 'CLIENT_CREDENTIALS', fields: { tenant: 't', clientId: 'c', clientSecret: 's', login: web.url, base: `${web.url}/v1.0`, plainHttp: 'Yes' } })).id;
    const inner = web.handle;
    web.handle = (q, r) => (q.path.endsWith('/token') ? r.json(200, { access_token: 'x', expires_in: 3600 }) : inner(q, r));
    const flow = await streamer('microsoftteams:searchTeams', { connectionId, options: { resultSet: 'Stream Matching Records', filter_type: 'Starts With' }, set: { displayName: 'T' } });
    await streams(flow, 'id', 2);
  });
  test('a helper flow that fails stops neither the card of a described connector nor its other records, which come one after the other', async () => {
    web.handle = (q, r) => (q.path.endsWith('/token') ? r.json(200, { access_token: 'x', expires_in: 3600 }) : r.json(200, { value: ['a', 'b', 'c'].map((id) => ({ id, displayName: id })) }));
    const connectionId = (await admin.get(`${N}/connections?limit=200`)).data.find((c) => c.name === 'Teams').id;
    const failing = await make('Fails', [card('control:callable', 'start', { add: [{ key: 'Record', type: 'object' }] }), card('control:throw', 'no', { set: { message: 'no' } })], true);
    const flow = await make('Teams that fail', [card('http:delegated', 'start'), card('microsoftteams:searchTeams', 'one', { connectionId, options: { resultSet: 'Stream Matching Records', filter_type: 'Starts With' }, set: { displayName: 'T', Flow: failing.id } })]);
    const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
    assert.equal((await runOver(admin, runId)).status, 'SUCCEEDED');
    assert.equal((await cardsOf(admin, runId))[1].out['Records Streamed'], 3);
    const calls = (await admin.get(`${N}/runs?flowId=${failing.id}`)).data.toReversed();
    assert.deepEqual(calls.map((r) => r.status), ['FAILED', 'FAILED', 'FAILED']);
    assert.deepEqual(await Promise.all(calls.map(async (r) => (await cardsOf(admin, r.id))[0].out.Record.id)), ['a', 'b', 'c']);
    for (const [i, r] of calls.entries()) if (i) assert.ok(r.startedAt >= calls[i - 1].endedAt, 'one after the other');
  });
  test('a search for rows hands them over, too', async () => {
    const t = await admin.post(`${N}/tables`, { name: 'Rows', folderId: folder.id, columns: [{ name: 'N', type: 'number' }] });
    await admin.raw('POST', `${N}/tables/${t.id}/import`, { type: 'text/csv', body: 'N\n1\n2\n' });
    await streams(await streamer('stash:searchRows2', { options: { stash: t.id, resultSet: 'stream' } }), 'N', 2);
  });
  test('the fields go out in an export file and come in again, as fields of the author', async () => {
    const flow = (await admin.get(`${N}/flows?folderId=${folder.id}&limit=200`)).data.find((f) => f.name === 'okta:listUsersWithSearch');
    const pack = await admin.get(`${N}/flows/${flow.id}/export`);
    const model = Object.values(pack.data.flos)[0].data.methods.find((m) => m.node.key === 'listUsersWithSearch').node.model;
    const out = Object.values(model.inputs.data).filter((p) => p.group === 'Streaming' && p.metadata.custom);
    assert.deepEqual(out.map((p) => [p.key, p.value.type, p.value.data]), [['text', 'string', 'a'], ['number', 'number', 30], ['boolean', 'boolean', false], ['object', 'object', { a: [1] }], ['date', 'Date', ''], ['empty', 'string', null]]);
    const r = await admin.raw('POST', `${N}/flows/import?folderId=${folder.id}`, { body: JSON.stringify(pack) });
    assert.equal(r.status, 201, r.text);
    const again = (await admin.get(`${N}/flows/${r.json.flows[0].id}`)).cards[1].inputs.filter((p) => p.group === 'Streaming' && p.custom);
    assert.deepEqual(again.map((p) => [p.key, p.type, p.value ?? null]), [['text', 'text', 'a'], ['number', 'number', 30], ['boolean', 'boolean', false], ['object', 'object', { a: [1] }], ['date', 'date', null], ['empty', 'text', null]]);
    assert.deepEqual(again[4].from, { card: 'start', output: again[4].from.output, convert: 'dateTime' });
  });
});
