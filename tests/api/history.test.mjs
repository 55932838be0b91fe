// The execution history of flows: lists, search, clearing, retention, replay, times of cards, helper runs.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, firstAdministrator, restart, signIn, until, adminPassword, addPerson, removeDir } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { runOver } from '../lib/cards.mjs';

const N = '/reeve/api/v1';
const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
/** every page of a list, as a person who asks for more until there is none */
async function pages(client, path) {
  const all = [];
  let n = 0;
  for (let next = path; next; n++) {
    const page = await client.get(next);
    all.push(...page.data);
    next = page._links?.next?.href ? new URL(page._links.next.href).pathname + new URL(page._links.next.href).search : null;
  }
  return { all, n };
}

describe('execution history', () => {
  let s, admin, card, folder, names = 0;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    card = await cardMaker(admin);
    folder = await admin.post(`${N}/folders`, { name: 'History' });
  });
  after(() => s?.stop());
  const make = (cards, more = {}) => admin.post(`${N}/flows`, { name: `Flow ${++names}`, folderId: folder.id, cards: resolve(cards), ...more });
  const echo = () => make([card('http:delegated', 'start', { add: [{ key: 'word' }] }), card('string:concat', 'joined', { title: 'Greeting maker', set: { string1: 'hello ' }, link: { string2: 'start.word' } })]);
  const run = async (flow, inputs = {}) => runOver(admin, (await admin.post(`${N}/flows/${flow.id}/test`, { inputs }, [202])).runId);
  const list = (flow, more = '') => admin.get(`${N}/runs?flowId=${flow.id}${more}`);
  const found = async (flow, q) => (await pages(admin, `${N}/runs?flowId=${flow.id}&q=${encodeURIComponent(q)}`)).all.map((r) => r.id);

  test('whatever keys and characters passed through a flow, its record can be read, and a run that waited goes on', async () => {
    const strings = ['a%22'.padEnd(3000, 'k') + '=1', `%5C${'n'.repeat(90_000)}=1`, 'a%00b=%00&a=2', '%22=1&=2', `${'%F0%9F%98%80'.repeat(2000)}=x`];
    for (const string of strings) {
      const flow = await make([card('http:delegated', 'start'), card('url:decode', 'decode', { set: { string } }), card('control:wait', 'wait', { set: { delay: 0.05, unit: 'second' } }), card('url:encode', 'encode', { link: { object: 'decode.output' } })]);
      const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
      const r = await runOver(admin, runId);
      assert.equal(r.status, 'SUCCEEDED', `${string.slice(0, 20)}: ${JSON.stringify(r.error)}`);
      const { data } = await admin.get(`${N}/runs/${runId}/cards`);
      const back = data.find((d) => d.cardId === 'encode');
      assert.deepEqual([...new URLSearchParams(Object.values(back.outputs)[0])], [...new URLSearchParams(string)]);
    }
  });

  test('WF-96: the list shows status, start, duration and latency of each run, newest first, and a run stands in it as soon as it is accepted', async () => {
    const flow = await make([card('http:delegated', 'start'), card('control:wait', 'wait', { set: { delay: 1, unit: 'hour' } })]);
    const ids = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202])).runId);
      assert.equal((await list(flow)).data[0].id, ids[0], 'the new run is the first of the list at once');
    }
    const rows = await until(async () => { const r = (await list(flow)).data; return r.every((x) => x.latencyMs !== null) ? r : null; }, 'the runs to begin');
    assert.deepEqual(rows.map((r) => r.id), ids);
    assert.ok(rows.every((r, i) => i === 0 || r.startedAt <= rows[i - 1].startedAt));
    for (const r of rows) assert.ok(['WAITING', 'PAUSED', 'RUNNING'].includes(r.status) && r.endedAt === null && r.durationMs === null && r.latencyMs >= 0);
    const canceled = await admin.post(`${N}/runs/${ids[2]}/cancel`, {}, [200]);
    assert.equal(canceled.status, 'CANCELED');
    assert.equal(canceled.durationMs, Date.parse(canceled.endedAt) - Date.parse(canceled.startedAt));
    assert.deepEqual((await list(flow, '&status=CANCELED')).data.map((r) => r.id), [ids[2]]);
    for (const id of ids.slice(0, 2)) await admin.post(`${N}/runs/${id}/cancel`, {}, [200]);
  });

  test('WF-99: clearing the data takes the values away and leaves the list; it can also end the saving', async () => {
    const flow = await echo();
    const runs = [await run(flow, { word: 'mercury' }), await run(flow, { word: 'venus' })];
    const values = async (id) => (await admin.get(`${N}/runs/${id}/cards`)).data;
    assert.equal((await values(runs[0].id)).length, 2);
    await admin.delete(`${N}/flows/${flow.id}/run-data`, [204]);
    assert.deepEqual((await list(flow)).data.map((r) => [r.id, r.status]), [[runs[1].id, 'SUCCEEDED'], [runs[0].id, 'SUCCEEDED']]);
    assert.deepEqual(await values(runs[0].id), []);
    assert.deepEqual(await found(flow, 'mercury'), []);
    assert.equal((await admin.raw('POST', `${N}/runs/${runs[0].id}/replay`, { body: {} })).status, 409);
    const kept = await run(flow, { word: 'earth' });
    assert.equal(kept.dataSaved, true);
    await admin.delete(`${N}/flows/${flow.id}/run-data?stop=true`, [204]);
    assert.equal((await admin.get(`${N}/flows/${flow.id}`)).saveData, false);
    const bare = await run(flow, { word: 'mars' });
    assert.equal(bare.dataSaved, false);
    assert.ok(!JSON.stringify(await admin.get(`${N}/runs/${bare.id}/cards`)).includes('mars'));
    assert.equal((await list(flow)).data.length, 4);
    const events = (await admin.get(`/api/v1/logs?limit=200&filter=${encodeURIComponent('eventType sw "workflows.user.flow.execution_history"')}`)).filter((e) => e.target.some((t) => t.id === flow.id));
    assert.deepEqual(events.map((e) => e.eventType.split('.').pop()).sort(), ['deactivate', 'delete', 'delete']);
    assert.equal((await admin.raw('DELETE', `${N}/flows/${flow.id}/run-data?stop=perhaps`)).status, 400);
  });

  test('WF-101: a search finds values of any card, texts of errors and names of cards, whatever their case, over all pages', async () => {
    const flow = await make([
      card('http:delegated', 'start', { add: [{ key: 'word' }, { key: 'extra', type: 'object' }] }),
      card('string:concat', 'joined', { title: 'Greeting maker', set: { string1: 'hello ' }, link: { string2: 'start.word' } }),
    ]);
    const broken = await make([card('http:delegated', 'start', { add: [{ key: 'word' }] }), card('control:throw', 'stop', { title: 'Gate keeper', set: { message: 'Nobody passes today', statusCode: 418 } })]);
    const a = await run(flow, { word: 'Äpfel "quoted"', extra: { deep: [{ colour: 'TURQUOISE', n: 4711 }] } });
    const b = await run(flow, { word: 'pears' });
    for (const [q, ids] of [['äPFEL', [a.id]], ['"quoted"', [a.id]], ['turquoise', [a.id]], ['4711', [a.id]], ['colour', [a.id]], ['HELLO', [b.id, a.id]], ['greeting maker', [b.id, a.id]],
      ['concatenate', [b.id, a.id]], ['hello pears', [b.id]], ['pear tree', []], ['cards', []], ['inputs', []], [a.id, [a.id]], ['%', []], ['   ', [b.id, a.id]]])
      assert.deepEqual(await found(flow, q), ids, q);
    const failed = await run(broken, { word: 'x' });
    assert.equal(failed.status, 'FAILED');
    assert.deepEqual(await found(broken, 'nobody PASSES'), [failed.id]);
    assert.deepEqual(await found(broken, 'gate keeper'), [failed.id]);
    // a page stops at its limit and the next goes on behind it
    for (let i = 0; i < 12; i++) await run(flow, { word: i % 3 ? 'even' : 'odd one' });
    const { all, n } = await pages(admin, `${N}/runs?flowId=${flow.id}&q=odd%20one&limit=3`);
    assert.deepEqual([all.length, n], [4, 2]);
    assert.deepEqual((await admin.get(`${N}/runs?flowId=${flow.id}&q=even&status=FAILED`)).data, []);
    const long = await admin.raw('GET', `${N}/runs?flowId=${flow.id}&q=${'x'.repeat(201)}`);
    assert.deepEqual([long.status, /200 characters/.test(long.text)], [400, true]);
  });

  test('WF-102: a run is replayed with its recorded inputs, says so, and leaves the old one as it is', async () => {
    const flow = await make([card('http:delegated', 'start', { add: [{ key: 'word', required: true }, { key: 'n', type: 'number' }] }), card('string:concat', 'joined', { set: { string1: 'x' }, link: { string2: 'start.word' } })]);
    const old = await run(flow, { word: 'once more', n: 7 });
    const { runId } = await admin.post(`${N}/runs/${old.id}/replay`, {}, [202]);
    const again = await runOver(admin, runId);
    assert.notEqual(again.id, old.id);
    assert.deepEqual([again.status, again.startedVia, again.inputs.word, again.inputs.n], ['SUCCEEDED', 'REPLAY', 'once more', 7]);
    assert.deepEqual(await admin.get(`${N}/runs/${old.id}`), old);
    const eve = await addPerson(admin, 'eve@example.com');
    assert.ok(eve.id);
    const stranger = await signIn(s, 'eve@example.com');
    assert.equal((await stranger.raw('POST', `${N}/runs/${old.id}/replay`, { body: {} })).status, 404);
    assert.equal((await admin.raw('POST', `${N}/runs/00000000-0000-7000-8000-000000000000/replay`, { body: {} })).status, 404);
  });

  test('WF-103: every execution of a card has position, start and duration, in the order in which they ran', async () => {
    const flow = await make([
      card('http:delegated', 'start', { add: [{ key: 'go', type: 'boolean' }] }),
      card('string:concat', 'one', { set: { string1: 'a', string2: 'b' } }),
      card('string:concat', 'two', { set: { string1: 'c' }, link: { string2: 'one.output' } }),
    ]);
    const r = await run(flow, { go: true });
    const { cards, data } = await admin.get(`${N}/runs/${r.id}/cards`);
    assert.deepEqual(data.map((e) => e.cardId), ['start', 'one', 'two']);
    assert.deepEqual(cards.map((c) => c.id), ['start', 'one', 'two']);
    for (const [i, e] of data.entries()) {
      assert.ok(Number.isInteger(e.durationUs) && e.durationUs >= 0);
      assert.ok(e.startedAt >= r.startedAt && (i === 0 || e.startedAt >= data[i - 1].startedAt) && e.startedAt <= r.endedAt, `${e.startedAt}`);
    }
    assert.ok(data.reduce((n, e) => n + e.durationUs, 0) / 1000 <= r.durationMs + 1, 'the cards together took no longer than the run');
  });

  test('WF-104: a helper run leads to its caller and the caller to its helper runs', async () => {
    const helper = await make([card('control:callable', 'start', { add: [{ key: 'word' }] }), card('string:concat', 'x', { set: { string1: '-' }, link: { string2: 'start.word' } })]);
    await admin.post(`${N}/flows/${helper.id}/activate`);
    const flow = await make([card('http:delegated', 'start'), card('control:spawn', 'call', { set: { flo: helper.id } })]);
    const r = await run(flow);
    assert.equal(r.status, 'SUCCEEDED', JSON.stringify(r.error));
    const [child] = (await admin.get(`${N}/runs?parentRunId=${r.id}`)).data;
    const whole = await admin.get(`${N}/runs/${child.id}`);
    assert.deepEqual([whole.flowId, whole.startedVia, whole.parentRunId, whole.parentFlowId], [helper.id, 'HELPER', r.id, flow.id]);
    assert.deepEqual([r.parentRunId, r.parentFlowId], [null, null]);
  });
});

test('WF-100: runs that ended longer ago than the organisation keeps them are gone with their values; younger and waiting ones stay', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  const later = (days) => restart({ dir }, { env: { LD_PRELOAD: faketime, FAKETIME: `+${days}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1', ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' } });
  let s = await startReeve({ dir });
  try {
    let admin = await firstAdministrator(s);
    const { profile } = await admin.get('/api/v1/users/me');
    const card = await cardMaker(admin);
    const folder = await admin.post(`${N}/folders`, { name: 'Old' });
    const flow = await admin.post(`${N}/flows`, { name: 'Ends', folderId: folder.id, cards: resolve([card('http:delegated', 'start', { add: [{ key: 'word' }] })]) });
    const waits = await admin.post(`${N}/flows`, { name: 'Waits', folderId: folder.id, cards: resolve([card('http:delegated', 'start'), card('control:wait', 'wait', { set: { delay: 60, unit: 'day' } })]) });
    const start = async (f, inputs = {}) => (await admin.post(`${N}/flows/${f.id}/test`, { inputs }, [202])).runId;
    const old = await runOver(admin, await start(flow, { word: 'ancient' }));
    const waiting = await start(waits);
    await until(async () => (await admin.get(`${N}/runs/${waiting}`)).status === 'WAITING', 'the other run to wait');
    const settings = await admin.get(`${N}/settings`);
    assert.equal(settings.runRetention, '30d');
    await s.stop();
    s = await later(29);
    admin = await signIn(s, profile.login, adminPassword);
    const young = await runOver(admin, await start(flow, { word: 'recent' }));
    assert.deepEqual((await admin.get(`${N}/runs?flowId=${flow.id}`)).data.map((r) => r.id), [young.id, old.id]);
    await s.stop();
    s = await later(31);
    admin = await signIn(s, profile.login, adminPassword);
    const left = await until(async () => { const { data } = await admin.get(`${N}/runs?flowId=${flow.id}`); return data.length === 1 ? data : null; }, 'the old run to go');
    assert.equal(left[0].id, young.id);
    assert.equal((await admin.raw('GET', `${N}/runs/${old.id}`)).status, 404);
    assert.equal((await admin.raw('GET', `${N}/runs/${old.id}/cards`)).status, 404);
    assert.equal((await admin.get(`${N}/runs/${young.id}`)).inputs.word, 'recent');
    assert.equal((await admin.get(`${N}/runs/${waiting}`)).status, 'WAITING');
  } finally {
    await s.stop();
    removeDir({ dir });
  }
});
