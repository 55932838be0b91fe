// Result sets of the identity connector: the first record, lists, and streams that call a helper flow once per record.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, restart, removeDir, firstAdministrator, addPerson, until, signIn, adminPassword } from '../lib/reeve.mjs';
import { lab, runOver, cardsOf } from '../lib/cards.mjs';
import { resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1';
const COUNT = 430; // three pages of 200
const staged = async (admin, i) => admin.post('/api/v1/users?activate=false', { profile: { login: `p${i}@example.com`, email: `p${i}@example.com`, firstName: `P${i}`, lastName: 'Person', department: i % 2 ? 'Odd' : 'Even' } });
const search = 'status eq "STAGED"';
/** A helper flow that returns what it got, and one that streams to it. */
const streamer = async (l, name, set, options = {}, extra = []) => {
  const helper = await l.on(await l.flow('Each', [l.card('control:callable', 'h', { add: [{ key: 'Record', type: 'object' }, { key: 'State', type: 'object' }] }),
    l.card('control:return', 'r', { add: [{ key: 'who', type: 'text' }], link: { who: 'h.Record/ID' } })]));
  const one = l.card(name, 'one', { connectionId: l.connectionId, options: { resultSet: 'Stream Matching Records', ...options } });
  for (const p of extra) one.inputs.push(p);
  for (const [k, v] of Object.entries({ 'Streaming/Flow': helper.id, ...set })) one.inputs.find((x) => x.key === k || `${x.group}/${x.key}` === k).value = v;
  const flow = await l.flow('Stream', resolve([l.card('http:delegated', 'start'), one]));
  return { helper, flow };
};
const runsOf = async (admin, flowId) => {
  const all = [];
  let after = '';
  for (;;) {
    const r = await admin.get(`${N}/runs?flowId=${flowId}&limit=200${after}`);
    all.push(...r.data);
    if (!r._links.next) return all;
    after = `&after=${encodeURIComponent(new URL(r._links.next.href).searchParams.get('after'))}`;
  }
};
const recordOf = async (admin, run) => (await cardsOf(admin, run.id))[0].out;

describe('result sets', () => {
  let s, admin, l, people;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    const connection = await admin.post(`${N}/connections`, { name: 'This organisation', connector: 'okta' });
    l = await lab(admin, connection.id);
    people = [];
    for (let i = 0; i < COUNT; i += 10) people.push(...await Promise.all([...Array(10).keys()].map((k) => staged(admin, i + k))));
  });
  after(() => s?.stop());

  test('List Users with Search gives the first record, 200 records, or all of them page by page', async () => {
    const run = (resultSet, set) => l.run('okta:listUsersWithSearch', { options: { resultSet }, set });
    const first = await run('First Matching Record', { status: 'STAGED', 'Inputs/Custom Search Criteria': 'profile.login eq "p7@example.com"' });
    assert.equal(first['Raw Output'].profile.login, 'p7@example.com');
    assert.equal(first.ID, first['Raw Output'].id);
    const some = await run('First 200 Matching Records', { status: 'STAGED' });
    assert.equal(some.Users.length, 200);
    assert.deepEqual(Object.keys(some.Users[0]).slice(0, 4), ['Raw Output', 'ID', 'Status', 'Created']);
    assert.equal(some.Users[0]['First Name'], some.Users[0]['Raw Output'].profile.firstName);
    assert.equal((await run('First 200 Matching Records', { status: 'STAGED', 'Search Criteria/Limit': 3 })).Users.length, 3);
    const odd = await run('All Matching Records', { 'Inputs/Custom Search Criteria': 'status eq "STAGED" and profile.department eq "Odd"', sortBy: 'profile.login', sortOrder: 'DESC' });
    assert.equal(odd.Users.length, COUNT / 2);
    assert.deepEqual(odd.Users.map((u) => u.Login), odd.Users.map((u) => u.Login).sort().reverse());
    assert.equal((await run('First Matching Record', { status: 'LOCKED_OUT' })).ID, null);
    const bad = await l.fails('okta:listUsersWithSearch', { set: { 'Inputs/Custom Search Criteria': 'profile.login is "x"' } });
    assert.equal(bad.code, 400);
    assert.match(JSON.stringify(bad.card), /E0000031/);
    assert.match((await l.fails('okta:listUsersWithSearch', { set: { 'Search Criteria/Limit': 'many' } })).message, /"Record Limit" must be a number/);
  });

  test('Find Users and List Users with Filter find people by the beginning of a name and by status', async () => {
    const p = await addPerson(admin, 'zora@example.com', { firstName: 'Zora' });
    const found = await l.run('okta:searchUsers', { options: { resultSet: 'First Matching Record' }, set: { Query: 'zor' } });
    assert.deepEqual([found.ID, found.Status, found.Login, found.Email], [p.id, 'ACTIVE', 'zora@example.com', 'zora@example.com']);
    assert.equal((await l.run('okta:searchUsers', { options: { resultSet: 'All Matching Records' }, set: { Query: 'P' } })).Users.length, 200);
    assert.equal((await l.run('okta:listUsersWithFilter', { options: { resultSet: 'First Matching Record' }, set: { 'Inputs/id': p.id } }))['Raw Output'].id, p.id);
    assert.equal((await l.run('okta:listUsersWithFilter', { set: { status: 'STAGED' } })).Users.length, 200);
  });

  test('WF-123: List Users with Search in streaming mode calls the helper once per user with Record and State and reports Records Streamed', async () => {
    const { helper, flow } = await streamer(l, 'okta:listUsersWithSearch', { status: 'STAGED' }, {}, [{ id: 'days', group: 'Streaming', key: 'days', label: 'days', type: 'number', value: 30 }]);
    const run = await runOver(admin, await l.start(flow));
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    assert.equal((await cardsOf(admin, run.id))[1].out['Records Streamed'], COUNT);
    const calls = await runsOf(admin, helper.id);
    assert.equal(calls.length, COUNT);
    const seen = [];
    for (const c of calls) {
      const { Record, State } = await recordOf(admin, c);
      assert.deepEqual(State, { days: 30 });
      seen.push(Record.ID);
    }
    assert.deepEqual(seen.sort(), people.map((p) => p.id).sort());
    assert.equal(calls[0].parentRunId ?? calls[0].parent?.runId ?? run.id, run.id);
  });

  test('a record limit ends a stream, no record calls nothing, and a helper that fails does not stop the others', async () => {
    const limited = await streamer(l, 'okta:listUsersWithSearch', { status: 'STAGED', 'Search Criteria/Limit': 205 });
    const run = await runOver(admin, await l.start(limited.flow));
    assert.equal((await cardsOf(admin, run.id))[1].out['Records Streamed'], 205);
    assert.equal((await runsOf(admin, limited.helper.id)).length, 205);
    const none = await streamer(l, 'okta:listUsersWithSearch', { status: 'LOCKED_OUT' });
    assert.equal((await cardsOf(admin, (await runOver(admin, await l.start(none.flow))).id))[1].out['Records Streamed'], 0);
    const failing = await l.on(await l.flow('Fails', [l.card('control:callable', 'h', { add: [{ key: 'Record', type: 'object' }] }), l.card('control:throw', 'e', { set: { message: 'no' } })]));
    const f = await streamer(l, 'okta:listUsersWithSearch', { 'Streaming/Flow': failing.id, status: 'STAGED', 'Search Criteria/Limit': 3 });
    const over = await runOver(admin, await l.start(f.flow));
    assert.equal(over.status, 'SUCCEEDED');
    assert.deepEqual((await runsOf(admin, failing.id)).map((r) => r.status), ['FAILED', 'FAILED', 'FAILED']);
    assert.match((await l.fails('okta:listUsersWithSearch', { options: { resultSet: 'Stream Matching Records' } })).message, /required field Flow is empty/);
  });

  test('a streamed Custom API Action follows the links of the pages, and one answer that has none is one record', async () => {
    const many = await streamer(l, 'okta:hTTPRequest', { 'Relative URL': `/api/v1/users?limit=100&search=${encodeURIComponent(search)}`, 'List Criteria/Limit': 250 }, { requestType: 'GET (Streaming)' });
    const run = await runOver(admin, await l.start(many.flow));
    assert.equal((await cardsOf(admin, run.id))[1].out['Records Streamed'], 250, JSON.stringify(run.error));
    assert.ok((await recordOf(admin, (await runsOf(admin, many.helper.id))[0])).Record.profile.login, 'the record is the one of the API');
    const one = await streamer(l, 'okta:hTTPRequest', { 'Relative URL': '/api/v1/users/me' }, { requestType: 'GET (Streaming)' });
    assert.equal((await cardsOf(admin, (await runOver(admin, await l.start(one.flow))).id))[1].out['Records Streamed'], 1);
  });

  test('Search System Logs gives events up to now, by expression or by words', async () => {
    const filter = 'eventType eq "user.lifecycle.create"';
    const list = await l.run('okta:searchSystemLogs', { set: { 'Custom Filter': filter, since: '2020-01-01T00:00:00.000Z' } });
    assert.equal(list['System Logs'].length, 200);
    assert.equal(list['System Logs'][0]['Event Type'], 'user.lifecycle.create');
    const first = await l.run('okta:searchSystemLogs', { options: { resultSet: 'First Matching Record', searchBy: 'Keyword' }, set: { Keyword: 'zora@example.com' } });
    assert.equal(first['Event Type'], 'user.lifecycle.create');
    assert.equal(first.Target[0].alternateId, 'zora@example.com');
    const { helper, flow } = await streamer(l, 'okta:searchSystemLogs', { 'Custom Filter': filter, 'Search Criteria/Limit': 20 });
    assert.equal((await cardsOf(admin, (await runOver(admin, await l.start(flow))).id))[1].out['Records Streamed'], 20);
    assert.equal((await runsOf(admin, helper.id)).length, 20);
    assert.match((await l.fails('okta:searchSystemLogs', { set: { since: 'soon' } })).message, /"since" must be a date & time/);
  });

  test('a stream can be cancelled between two records', async () => {
    const { helper, flow } = await streamer(l, 'okta:listUsersWithSearch', { status: 'STAGED' });
    const id = await l.start(flow);
    await until(async () => (await admin.get(`${N}/runs?flowId=${helper.id}&limit=1`)).data.length > 0, 'the first record');
    await admin.post(`${N}/runs/${id}/cancel`, {});
    assert.equal((await runOver(admin, id)).status, 'CANCELED');
    const called = (await runsOf(admin, helper.id)).length;
    assert.ok(called < COUNT, `${called} records were called`);
  });
});

test('a stream that is cut off by a crash goes on where it was: every record is called once', async () => {
  let s = await startReeve();
  try {
    let admin = await firstAdministrator(s);
    const login = (await admin.get('/api/v1/users/me')).profile.login;
    const connection = await admin.post(`${N}/connections`, { name: 'This organisation', connector: 'okta' });
    let l = await lab(admin, connection.id);
    const people = [];
    for (let i = 0; i < 120; i += 10) people.push(...await Promise.all([...Array(10).keys()].map((k) => staged(admin, i + k))));
    const { helper, flow } = await streamer(l, 'okta:listUsersWithSearch', { status: 'STAGED' });
    const id = await l.start(flow);
    await until(async () => (await admin.get(`${N}/runs?flowId=${helper.id}&limit=200`)).data.length > 20, 'some records');
    await s.kill();
    s = await restart(s);
    admin = await signIn(s, login, adminPassword);
    const run = await runOver(admin, id);
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    assert.equal((await cardsOf(admin, id))[1].out['Records Streamed'], 120);
    const calls = await runsOf(admin, helper.id);
    const seen = [];
    for (const c of calls) seen.push((await recordOf(admin, c)).Record.ID);
    assert.deepEqual(seen.sort(), people.map((p) => p.id).sort());
  } finally {
    await s.stop();
    removeDir(s);
  }
});
