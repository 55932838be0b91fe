// The log stream: what becomes of runs is posted to the organisation's log collector, with metadata alone.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { runOver } from '../lib/cards.mjs';
import { startService } from '../lib/service.mjs';

const N = '/reeve/api/v1';
const ALL = ['FLOW_START', 'FLOW_SUCCESS', 'FLOW_FAILURE', 'FLOW_CANCELED', 'FLOW_PAUSED', 'FLOW_RATE_LIMITED', 'FLOW_THROTTLED'];
let s, admin, collector, card, folder, me, names = 0;
before(async () => {
  collector = await startService((q, r) => r.json(200, {}));
  s = await startReeve({ config: { 'client.allow': collector.allow, 'flows.workers': 1 } });
  admin = await firstAdministrator(s);
  me = await admin.get('/api/v1/users/me');
  card = await cardMaker(admin);
  folder = await admin.post(`${N}/folders`, { name: 'Streams' });
});
after(async () => { await s?.stop(); await collector?.stop(); });
const make = (cards) => admin.post(`${N}/flows`, { name: `Flow ${++names}`, folderId: folder.id, cards: resolve(cards) });
const start = async (flow, inputs = {}) => (await admin.post(`${N}/flows/${flow.id}/test`, { inputs }, [202])).runId;
const run = async (flow, inputs) => runOver(admin, await start(flow, inputs));
const set = async (more = {}) => {
  const { version } = await admin.get(`${N}/log-stream`);
  return admin.put(`${N}/log-stream`, { version, url: `${collector.url}/hec`, events: ALL, enabled: true, ...more });
};
const records = () => collector.calls.filter((c) => c.path === '/hec').flatMap((c) => (Array.isArray(c.json) ? c.json : c.body.split('\n').map((l) => JSON.parse(l))));
const of = (id) => records().filter((r) => r.execution_id === id);
const told = (id, ...types) => until(() => (types.every((t) => of(id).some((r) => r.event_type === t)) ? of(id) : null), `${types} of ${id}`);

test('WF-105: records of a run carry all fields of the stream and no value of any card; a flow can be left out', async () => {
  assert.deepEqual(await admin.get(`${N}/log-stream`), { version: 0, enabled: false, url: null, headers: [], template: '', events: [], pending: 0, dropped: 0, sentAt: null, error: null });
  const before = await run(await make([card('http:delegated', 'start')]));
  const now = await set({ headers: { Authorization: 'Splunk 1234-secret' } });
  assert.deepEqual([now.version, now.enabled, now.headers, now.url], [1, true, ['Authorization'], `${collector.url}/hec`]);
  const helper = await make([card('control:callable', 'start', { add: [{ key: 'word' }] }), card('string:concat', 'x', { set: { string1: 'helped ' }, link: { string2: 'start.word' } })]);
  await admin.post(`${N}/flows/${helper.id}/activate`);
  const flow = await make([card('http:delegated', 'start', { add: [{ key: 'word' }] }), card('string:concat', 'x', { set: { string1: 'very-secret ' }, link: { string2: 'start.word' } }), card('control:spawn', 'call', { set: { flo: helper.id } })]);
  const r = await run(flow, { word: 'hush-hush' });
  const [first, last] = await told(r.id, 'FLOW_START', 'FLOW_SUCCESS');
  const organisation = (await admin.get(`${N}/session`)).organisation;
  const base = { execution_id: r.id, flow_id: flow.id, flow_name: flow.name, org_id: organisation.id, org_name: 'My organisation', org_hostname: new URL(organisation.baseUrl).host,
    user_id: me.id, user_email: me.profile.email, parent_execution_id: null, parent_flow_id: null, parent_flow_name: null, root_execution_id: null, root_flow_id: null, root_flow_name: null };
  assert.deepEqual(first, { event_type: 'FLOW_START', ...base, timestamp: first.timestamp });
  assert.equal(first.timestamp, r.startedAt);
  assert.deepEqual(last, { event_type: 'FLOW_SUCCESS', ...base, timestamp: last.timestamp, duration_ms: last.duration_ms, stopped: false });
  assert.ok(Number.isInteger(last.duration_ms) && Date.parse(last.timestamp) >= Date.parse(first.timestamp));
  const [child] = (await admin.get(`${N}/runs?parentRunId=${r.id}`)).data;
  const ofChild = await told(child.id, 'FLOW_START', 'FLOW_SUCCESS');
  for (const c of ofChild) assert.deepEqual([c.parent_execution_id, c.parent_flow_id, c.parent_flow_name, c.root_execution_id, c.root_flow_id, c.root_flow_name], [r.id, flow.id, flow.name, r.id, flow.id, flow.name]);
  assert.deepEqual(of(before.id), [], 'nothing is told of what ended before');
  // the header goes along, and values never do
  for (const c of collector.calls) assert.equal(c.headers.authorization, 'Splunk 1234-secret');
  assert.ok(!collector.calls.some((c) => /hush-hush|very-secret|helped/.test(c.body)));
  // one flow is left out, and comes back
  const out = await admin.patch(`${N}/flows/${flow.id}`, { version: (await admin.get(`${N}/flows/${flow.id}`)).version, logStream: false });
  assert.equal(out.logStream, false);
  const quiet = await run(flow, { word: 'x' });
  await admin.patch(`${N}/flows/${flow.id}`, { version: (await admin.get(`${N}/flows/${flow.id}`)).version, logStream: true });
  const loud = await run(flow, { word: 'x' });
  await told(loud.id, 'FLOW_START', 'FLOW_SUCCESS');
  assert.deepEqual(of(quiet.id), []);
  const types = (await admin.get(`/api/v1/logs?limit=200&filter=${encodeURIComponent('eventType sw "workflows.user.flow.execution_log_stream"')}`)).filter((e) => e.target.some((t) => t.id === flow.id)).map((e) => e.eventType.split('.').pop());
  assert.deepEqual(types.sort(), ['activate', 'deactivate']);
});

test('failures, cancellations, pauses and stops are told with what belongs to them, and only the events that were chosen', async () => {
  const fails = await make([card('http:delegated', 'start'), card('control:throw', 'stop', { title: 'Gate', set: { message: 'Nobody passes', statusCode: 418 } })]);
  const failed = await run(fails);
  const end = (await told(failed.id, 'FLOW_FAILURE')).find((r) => r.event_type === 'FLOW_FAILURE');
  assert.deepEqual([end.error_message, end.error_code, end.card_id, end.card_name], ['Nobody passes', 418, 'stop', 'Gate']);
  const waits = await make([card('http:delegated', 'start'), card('control:wait', 'wait', { set: { delay: 1, unit: 'hour' } })]);
  const id = await start(waits);
  await until(async () => (await admin.get(`${N}/runs/${id}`)).status === 'WAITING', 'the run to wait');
  await admin.post(`${N}/runs/${id}/cancel`, {}, [200]);
  await told(id, 'FLOW_START', 'FLOW_CANCELED');
  const stops = await run(await make([card('http:delegated', 'start'), card('control:continueIf', 'c', { set: { 'left-operand': 1, operator: '==', 'right-operand': 2 } })]));
  assert.equal((await told(stops.id, 'FLOW_SUCCESS')).find((r) => r.event_type === 'FLOW_SUCCESS').stopped, true);
  await set({ events: ['FLOW_FAILURE'], template: '{"event":{{record}},"sourcetype":"reeve"}' });
  collector.calls.length = 0;
  const again = await run(fails);
  await until(() => collector.calls.length > 0, 'the failure to arrive');
  assert.deepEqual(collector.calls.flatMap((c) => c.body.split('\n')).map((l) => { const x = JSON.parse(l); return [x.sourcetype, x.event.event_type, x.event.execution_id]; }), [['reeve', 'FLOW_FAILURE', again.id]]);
});

test('a card that waits for another service is told with card and instant, one that waits for its author is not', async () => {
  let calls = 0;
  collector.handle = (q, r) => (q.path !== '/limited' ? r.json(200, {}) : calls++ === 0 ? r.json(429, {}) : calls === 2 ? r.json(503, {}) : r.json(200, {}));
  await set({ events: ALL, template: '' });
  const sink = await admin.post(`${N}/connections`, { name: 'Limited', connector: 'httpfunctions', auth: 'NONE', fields: { plainHttp: 'Yes' } });
  const get = card('httpfunctions:get', 'ask', { title: 'Ask', connectionId: sink.id, set: { URL: `${collector.url}/limited` } });
  const r = await run(await make([card('http:delegated', 'start'), { ...get, policy: { type: 'finish', retry: 3, delay: 1 } }, card('control:wait', 'wait', { set: { delay: 1, unit: 'second' } })]));
  assert.deepEqual([r.status, calls], ['SUCCEEDED', 3]);
  const all = await told(r.id, 'FLOW_SUCCESS');
  assert.deepEqual(all.map((x) => x.event_type), ['FLOW_START', 'FLOW_RATE_LIMITED', 'FLOW_SUCCESS'], 'once: a 503 and a wait of its own are none');
  const { card_id, card_name, timestamp, waits_until } = all[1];
  assert.deepEqual([card_id, card_name, Date.parse(waits_until) >= Date.parse(timestamp)], ['ask', 'Ask', true]);
  assert.equal(all[1].flow_name, all[0].flow_name);
});

test('a run that had to make room for others is told, before its end', async () => {
  const helper = await make([card('control:callable', 'start'), ...Array.from({ length: 490 }, (_, i) => card('math:add', `c${i}`, { set: { a: 1, b: 1 } }))]);
  await admin.post(`${N}/flows/${helper.id}/activate`);
  const flow = await make([card('http:delegated', 'start'), card('control:times', 'all', { set: { flo: helper.id, count: 20, concurrency: 20 } })]);
  const slowed = await until(async () => { // twenty runs of two turns each, and one thread for all of them
    const r = await run(flow);
    const ids = (await admin.get(`${N}/runs?parentRunId=${r.id}&limit=100`)).data.map((c) => c.id);
    await Promise.all(ids.map((id) => told(id, 'FLOW_SUCCESS')));
    return ids.map(of).find((list) => list.some((x) => x.event_type === 'FLOW_THROTTLED'));
  }, 'a run to make room');
  assert.deepEqual(slowed.map((x) => x.event_type), ['FLOW_START', 'FLOW_THROTTLED', 'FLOW_SUCCESS']);
  assert.ok(Date.parse(slowed[0].timestamp) <= Date.parse(slowed[1].timestamp) && Date.parse(slowed[1].timestamp) <= Date.parse(slowed[2].timestamp));
});

test('while the collector is away runs go on, records wait, and arrive once each in their order when it is back', async () => {
  await set({ events: ALL, template: '' });
  const flow = await make([card('http:delegated', 'start')]);
  collector.calls.length = 0;
  collector.handle = (q, r) => r.json(503, {});
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push((await run(flow)).id);
  const waiting = await until(async () => { const x = await admin.get(`${N}/log-stream`); return x.error ? x : null; }, 'the stream to say what is wrong');
  assert.match(waiting.error, /status 503/);
  assert.equal(waiting.pending, 10);
  collector.calls.length = 0;
  collector.handle = (q, r) => r.json(200, {});
  await until(() => ids.every((id) => of(id).length === 2), 'all records to arrive');
  assert.deepEqual(records().map((r) => r.execution_id + r.event_type), ids.flatMap((id) => [`${id}FLOW_START`, `${id}FLOW_SUCCESS`]));
  const fine = await until(async () => { const x = await admin.get(`${N}/log-stream`); return x.pending === 0 ? x : null; }, 'nothing to be pending');
  assert.equal(fine.error, null);
  assert.ok(fine.sentAt);
});

test('what cannot be set is refused with its reason, headers never leave, and a test tells what the collector says', async () => {
  const { version } = await admin.get(`${N}/log-stream`);
  const base = { version, url: `${collector.url}/hec`, events: ALL, enabled: true };
  for (const [change, pointer] of [[{ url: 'nowhere' }, '/url'], [{ url: 'ftp://x.example.com' }, '/url'], [{ events: ['FLOW_END'] }, '/events/0'], [{ headers: { 'Bad Name': 'x' } }, '/headers'], [{ headers: { A: 'x\r\nB: y' } }, '/headers'],
    [{ headers: { A: 7 } }, '/headers'], [{ template: 'no mark' }, '/template'], [{ enabled: 'yes' }, '/enabled'], [{ colour: 'red' }, '/colour']]) {
    const r = await admin.raw('PUT', `${N}/log-stream`, { body: { ...base, ...change } });
    assert.equal(r.status, 400, `${JSON.stringify(change)}: ${r.text}`);
    assert.equal(r.json.errorCauses[0].location, pointer, r.text);
  }
  assert.equal((await admin.raw('PUT', `${N}/log-stream`, { body: { ...base, version: version - 1 } })).status, 409);
  assert.ok(!(await admin.raw('GET', `${N}/log-stream`)).text.includes('1234-secret'));
  assert.deepEqual(await admin.post(`${N}/log-stream/test`), { ok: true, sentence: 'The collector took a test record.' });
  collector.handle = (q, r) => r.json(401, {});
  assert.deepEqual(await admin.post(`${N}/log-stream/test`), { ok: false, sentence: 'The collector answered with status 401.' });
  // another address does not get the headers that were given for the first
  collector.handle = (q, r) => r.json(200, {});
  const moved = await set({ url: `${collector.url}/other` });
  assert.deepEqual(moved.headers, []);
  collector.calls.length = 0;
  await admin.post(`${N}/log-stream/test`);
  assert.deepEqual([collector.calls[0].path, collector.calls[0].headers.authorization], ['/other', undefined]);
  await addPerson(admin, 'eve@example.com');
  const eve = await signIn(s, 'eve@example.com');
  for (const [method, path] of [['GET', ''], ['PUT', ''], ['POST', '/test']]) assert.ok([403, 404].includes((await eve.raw(method, `${N}/log-stream${path}`, { body: method === 'PUT' ? base : undefined })).status));
});
