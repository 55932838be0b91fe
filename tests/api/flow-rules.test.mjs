// What an author may set on a card (workflows.md 10.3, 11.1): refused with card and field when a flow is saved; what an export
// file brought, and what stood there before, stays.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, until } from '../lib/reeve.mjs';
import { N } from '../lib/badge.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { chain, field, flow as packFlow, head, kernel, method, pack } from '../lib/pack-maker.mjs';

describe('rules of cards', () => {
  let s, admin, card, folder, helper, other;
  const make = (name, cards, o = {}) => admin.raw('POST', `${N}/flows`, { body: JSON.stringify({ name, folderId: folder.id, cards: resolve(cards), ...o }) });
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    card = await cardMaker(admin);
    folder = await admin.post(`${N}/folders`, { name: 'Rules' });
    helper = (await make('Tells', [card('control:callable', 'start', { add: [{ key: 'why' }] })])).json;
    other = (await make('No helper', [card('http:delegated', 'start')])).json;
    await admin.post(`${N}/flows/${helper.id}/activate`);
  });
  after(() => s?.stop());
  const parse = (policy) => [card('http:delegated', 'start'), { ...card('json:parse', 'p', { title: 'Reads', set: { string: '{' } }), policy }];
  const causes = (r) => r.json.errorCauses.map((c) => [c.location, c.errorSummary]);

  const refused = [
    ['an unknown type', { type: 'explode' }, 'type', 'must be finish, return or flo'],
    ['a type that is no text', { type: 1 }, 'type', 'must be finish, return or flo'],
    ['a handler without its lane', { type: 'handler', merge: 'join' }, 'type', 'can be handler only on a card that has such a lane'],
    ['six tries', { type: 'finish', retry: 6 }, 'retry', 'must be a whole number from 0 to 5'],
    ['half a try', { type: 'finish', retry: 0.5 }, 'retry', 'must be a whole number from 0 to 5'],
    ['tries in words', { type: 'finish', retry: '2' }, 'retry', 'must be a whole number from 0 to 5'],
    ['a distance before now', { type: 'finish', retry: 1, delay: -1 }, 'delay'],
    ['a distance of more than a day', { type: 'finish', retry: 1, delay: 86400001 }, 'delay'],
    ['two distances the wrong way round', { type: 'finish', retry: 1, delay: [2000, 1000] }, 'delay'],
    ['three distances', { type: 'finish', retry: 1, delay: [1, 2, 3] }, 'delay'],
    ['an unknown condition', { type: 'finish', retry: 1, retryCondition: 'always' }, 'retryCondition', 'must be ratelimits, or be left out'],
    ['a helper flow without a name', { type: 'flo' }, 'flo', 'must name the helper flow that is run; there is none of this id'],
    ['a helper flow that is not there', { type: 'flo', flo: '01AAAAAAAAAAAAAAAAAAAAAAAA' }, 'flo', 'must name the helper flow that is run; there is none of this id'],
  ];
  for (const [name, policy, member, rule] of refused)
    test(`WF-89: ${name} is refused, with card and field`, async () => {
      const r = await make('Refused', parse(policy));
      assert.equal(r.status, 400, r.text);
      const [[location, sentence]] = causes(r);
      assert.equal(location, `/cards/1/policy/${member}`);
      if (rule) assert.equal(sentence, `The field "policy.${member}" of card "Reads" ${rule}.`);
    });

  test('WF-89: a flow of another kind cannot handle an error, and all mistakes are told at once, also those in a lane', async () => {
    const inner = { ...card('json:parse', 'p'), policy: { type: 'flo', flo: other.id, retry: 9 } };
    const r = await make('Refused', [card('http:delegated', 'start'), card('control:if', 'if', { lanes: { false: [inner] } }), { ...card('json:parse', 'q'), policy: { delay: 'soon' } }]);
    assert.equal(r.status, 400, r.text);
    assert.deepEqual(causes(r).map(([at]) => at), ['/cards/1/lanes/1/cards/0/policy/retry', '/cards/1/lanes/1/cards/0/policy/flo', '/cards/2/policy/delay']);
    assert.match(causes(r)[1][1], /must name a flow that starts with a Helper Flow card/);
  });
  test('what may be set is kept as it is', async () => {
    const good = [{ type: 'finish' }, { type: 'return', retry: 5, delay: 0 }, { type: 'flo', flo: helper.id, retry: 1, delay: [1000, 86400000], retryCondition: 'ratelimits', note: 'own' }, { retry: 0 }, { type: 'finish', flo: 12 }];
    for (const policy of good) {
      const r = await make('Taken', parse(policy));
      assert.equal(r.status, 201, r.text);
      assert.deepEqual((await admin.get(`${N}/flows/${r.json.id}`)).cards[1].policy, policy);
    }
  });
  test('values that are handed back may have the name of a field that the card has in a group', async () => {
    const cards = parse({ type: 'return' });
    cards[1] = { ...card('okta:readUser', 'p'), policy: { type: 'return' } };
    cards[1].inputs.push({ id: 'a', key: 'ID or Login', label: 'a', type: 'text', value: 'nobody' }, { id: 'n', key: 'count', label: 'n', type: 'number', value: 3 });
    const callee = (await make('Callee', [card('control:callable', 'start'), cards[1]])).json;
    const link = async (client) => (await client.post(`${N}/connections`, { name: 'Here', connector: 'okta' })).id;
    const now = await admin.get(`${N}/flows/${callee.id}`);
    now.cards[1].connectionId = await link(admin);
    now.cards[1].inputs[0].value = 'nobody@example.com';
    await admin.patch(`${N}/flows/${callee.id}`, { version: now.version, cards: now.cards });
    await admin.post(`${N}/flows/${callee.id}/activate`);
    const call = card('control:spawn', 'call', { set: { flo: callee.id } });
    call.outputs.push({ id: 'o', key: 'ID or Login', label: 'o', type: 'text' }, { id: 'p', key: 'count', label: 'p', type: 'number' });
    const caller = (await make('Caller', [card('http:delegated', 'start'), call])).json;
    const { runId } = await admin.post(`${N}/flows/${caller.id}/test`, { inputs: {} }, [202]);
    const run = await until(async () => { const r = await admin.get(`${N}/runs/${runId}`); return r.endedAt ? r : null; }, 'the run to end');
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    assert.deepEqual((await admin.get(`${N}/runs/${runId}/cards`)).data[1].outputs, { o: 'nobody', p: 3 });
  });

  for (const wrong of [0, 201, -3, 1.5, 'many', [2]])
    test(`WF-79: a concurrency of ${JSON.stringify(wrong)} is refused, with card and field`, async () => {
      const r = await make('Refused', [card('http:delegated', 'start'), card('list:each', 'each', { title: 'For all', set: { flo: helper.id, concurrency: wrong } })]);
      assert.equal(r.status, 400, r.text);
      assert.deepEqual(causes(r), [['/cards/1/inputs/2/value', 'The field "concurrency" of card "For all" must be a whole number from 1 to 200.']]);
    });
  test('WF-79: 1 to 200 and nothing are taken, on every card that has the field, and the card table says so', async () => {
    const wide = (await admin.get(`${N}/cards`)).data.filter((c) => c.inputs.some((p) => p.key === 'concurrency'));
    assert.ok(wide.length >= 10);
    for (const c of wide) assert.deepEqual(c.inputs.filter((p) => p.key === 'concurrency').map((p) => [p.min, p.max, p.value]), [[1, 200, 1]], c.card);
    for (const right of [1, 200, '20', null]) {
      const r = await make('Taken', [card('http:delegated', 'start'), ...wide.map((c, i) => card(c.card, `c${i}`, { set: { concurrency: right } }))]);
      assert.equal(r.status, 201, r.text);
      const pin = (await admin.get(`${N}/flows/${r.json.id}`)).cards[1].inputs.find((p) => p.key === 'concurrency');
      assert.deepEqual([pin.value, pin.min], [right, undefined]);
    }
  });

  test('an export file comes in with whatever it says; what is not touched may stay, what is changed is looked at', async () => {
    const each = method('e', kernel('list:each'), [field('e-l', 'list', [], { list: true }), field('e-f', 'flo', 'g', { type: 'flo' }), field('e-c', 'concurrency', 0, { type: 'number' })], [], { name: 'All', policy: { error: { type: 'flo', flo: 'gone', retry: 9, delay: [5, 1], odd: true } } });
    const p = pack([packFlow('f', 'Odd', [head('h', 'x'), each], chain('h', 'e')), packFlow('g', 'Each', [head('k', 'item')], {})]);
    const home = await admin.post(`${N}/folders`, { name: 'Odd' });
    const r = await admin.raw('POST', `${N}/flows/import?folderId=${home.id}`, { body: JSON.stringify(p) });
    assert.equal(r.status, 201, r.text);
    const id = r.json.flows.find((f) => f.name === 'Odd').id;
    const policy = { type: 'flo', retry: 9, delay: [5, 1], odd: true };
    const read = () => admin.get(`${N}/flows/${id}`);
    let f = await read();
    const { flo, ...rest } = f.cards[1].policy;
    assert.deepEqual([rest, f.cards[1].inputs.find((x) => x.key === 'concurrency').value], [policy, 0]);
    // another card changes: the flow can be saved
    f.cards.push(card('json:parse', 'p'));
    await admin.patch(`${N}/flows/${id}`, { version: f.version, cards: f.cards });
    const copy = await admin.post(`${N}/flows/${id}/duplicate`);
    assert.equal((await admin.get(`${N}/flows/${copy.id}`)).cards[1].policy.retry, 9);
    f = await read();
    const save = (change) => { const cards = structuredClone(f.cards); change(cards[1]); return admin.raw('PATCH', `${N}/flows/${id}`, { body: JSON.stringify({ version: f.version, cards }) }); };
    const touched = await save((c) => { c.policy.retry = 8; });
    assert.deepEqual(causes(touched).map(([at]) => at), ['/cards/1/policy/retry', '/cards/1/policy/delay', '/cards/1/policy/flo']);
    const width = await save((c) => { c.inputs.find((x) => x.key === 'concurrency').value = 300; });
    assert.deepEqual(causes(width).map(([at]) => at), ['/cards/1/inputs/2/value']);
    // mended, and an older version with its mistakes can still be brought back
    assert.equal((await save((c) => { c.policy = { type: 'finish' }; c.inputs.find((x) => x.key === 'concurrency').value = 3; })).status, 200);
    await admin.post(`${N}/flows/${id}/versions/1/restore`, {});
    assert.equal((await read()).cards[1].policy.retry, 9);
    const again = await admin.get(`${N}/flows/${id}/export`);
    assert.deepEqual(Object.values(again.data.flos)[0].data.methods.find((m) => m.node.key === 'each').node.model.policy.error, { ...policy, flo });
  });
});
