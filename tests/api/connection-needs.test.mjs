// After an import: which cards need a connection, and giving all of them one at once.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1';
let s, admin, card, folder, file;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  card = await cardMaker(admin);
  const source = await admin.post(`${N}/folders`, { name: 'Source' });
  const make = (name, cards) => admin.post(`${N}/flows`, { name, folderId: source.id, cards: resolve(cards) });
  await make('Look up', [card('http:delegated', 'start', { add: [{ key: 'who' }] }), card('okta:readUser', 'one', { title: 'First look', link: { 'ID or Login': 'start.who' } }), card('okta:readUser', 'two', { title: 'Second look', link: { 'ID or Login': 'start.who' } })]);
  await make('Tell', [card('http:delegated', 'start'), card('okta:readUser', 'in', { set: { 'ID or Login': 'x' } }), card('control:if', 'check', { set: { 'left-operand': 1, operator: '==', 'right-operand': 1 }, lanes: { true: [card('slack:sendMessageToChannel2', 'say')] } })]);
  await make('Nothing to choose', [card('http:delegated', 'start'), card('string:concat', 'x', { set: { string1: 'a' } })]);
  file = (await admin.raw('GET', `${N}/folders/${source.id}/export`)).text;
  folder = await admin.post(`${N}/folders`, { name: 'Target' });
});
after(() => s?.stop());
const needs = () => admin.get(`${N}/folders/${folder.id}/connection-needs`);
const assign = (connections) => admin.raw('POST', `${N}/folders/${folder.id}/connection-needs`, { body: { connections } });
const summary = (list) => Object.fromEntries(list.data.map((n) => [n.connector, n.cards.map((c) => c.title).sort()]));

test('WF-129: after an import the cards that need a connection are listed by connector, and one call gives all of them theirs', async () => {
  const report = (await admin.raw('POST', `${N}/flows/import?folderId=${folder.id}`, { body: file })).json;
  assert.equal(report.flows.length, 3);
  const before = await needs();
  assert.deepEqual(Object.keys(summary(before)).sort(), ['okta', 'slack']);
  assert.deepEqual(summary(before).okta, ['First look', 'Read User', 'Second look']);
  for (const n of before.data) for (const c of n.cards) assert.ok(report.flows.some((f) => f.id === c.flowId && f.name === c.flowName));
  const directory = await admin.post(`${N}/connections`, { name: 'Directory', connector: 'okta' });
  const elsewhere = await admin.post(`${N}/folders`, { name: 'Elsewhere' });
  const foreign = await admin.post(`${N}/connections`, { name: 'Foreign', connector: 'okta', folderId: elsewhere.id });
  const slack = await admin.post(`${N}/connections`, { name: 'Chat', connector: 'slack', auth: 'TOKEN', fields: { token: 'xoxb-1' } });
  // what cannot be given changes nothing, and says which
  for (const [given, words] of [[{ okta: 'nowhere' }, /nowhere/], [{ okta: slack.id }, /no connection .* of okta/], [{ okta: foreign.id }, /another folder/], [{ okta: 7 }, /id of a connection/], [{ slack: slack.id, okta: foreign.id }, /another folder/]]) {
    const r = await assign(given);
    assert.equal(r.status, 400, r.text);
    assert.match(r.json.errorCauses[0].errorSummary, words);
    assert.equal(r.json.errorCauses[0].location, '/connections/okta');
    assert.deepEqual(summary(await needs()), summary(before));
  }
  assert.equal((await admin.raw('POST', `${N}/folders/${folder.id}/connection-needs`, { body: {} })).status, 400);
  assert.equal((await admin.raw('POST', `${N}/folders/nowhere/connection-needs`, { body: { connections: {} } })).status, 404);
  // one connector, then the other
  const half = await assign({ okta: directory.id });
  assert.deepEqual(Object.keys(summary(half.json)), ['slack']);
  assert.deepEqual(summary((await assign({ slack: slack.id })).json), {});
  const look = await admin.get(`${N}/flows/${report.flows.find((f) => f.name === 'Look up').id}`);
  assert.deepEqual(look.cards.slice(1).map((c) => c.connectionId), [directory.id, directory.id]);
  assert.equal(look.versionNumber, 2);
  assert.deepEqual(look.problems, []);
  await admin.post(`${N}/flows/${look.id}/activate`);
  const untouched = await admin.get(`${N}/flows/${report.flows.find((f) => f.name === 'Nothing to choose').id}`);
  assert.equal(untouched.versionNumber, 1);
  // again: nothing is left, and no flow gets a version for nothing
  assert.deepEqual((await assign({ okta: directory.id })).json.data, []);
  assert.equal((await admin.get(`${N}/flows/${look.id}`)).versionNumber, 2);
});

test('WF-129: a card whose file names no connection gets the only one of its connector that the folder may use, and none when there are several', async () => {
  const pack = JSON.parse(file);
  const okta = [];
  for (const f of Object.values(pack.data.flos)) for (const m of f.data.methods) if (/:okta:/.test(m.address)) { m.node.model.config = null; okta.push(m); }
  assert.ok(okta.length >= 3);
  const take = async (name, before) => {
    const into = await admin.post(`${N}/folders`, { name });
    await before?.(into);
    const { flows } = (await admin.raw('POST', `${N}/flows/import?folderId=${into.id}`, { body: JSON.stringify(pack) })).json;
    const { cards } = await admin.get(`${N}/flows/${flows.find((f) => f.name === 'Look up').id}`);
    return { ids: cards.slice(1).map((c) => c.connectionId ?? null), open: (await admin.get(`${N}/folders/${into.id}/connection-needs`)).data.map((n) => n.connector) };
  };
  const { data } = await admin.get(`${N}/connections`);
  const directory = data.find((c) => c.name === 'Directory');
  const one = await take('One');
  assert.deepEqual(one.ids, [directory.id, directory.id]); // "Foreign" belongs to another folder
  assert.ok(!one.open.includes('okta'));
  const two = await take('Two', (into) => admin.post(`${N}/connections`, { name: 'Second', connector: 'okta', folderId: into.id }));
  assert.deepEqual(two.ids, [null, null]);
  assert.ok(two.open.includes('okta'));
});

test('whoever may not change the flows of a folder neither lists nor assigns', async () => {
  await addPerson(admin, 'eve@example.com');
  const eve = await signIn(s, 'eve@example.com');
  for (const [method, body] of [['GET'], ['POST', { connections: {} }]]) assert.ok([403, 404].includes((await eve.raw(method, `${N}/folders/${folder.id}/connection-needs`, { body })).status));
});
