// Export files made by hand, one for each rule of the format: what is wrong is told with its flow and card and nothing goes in; what is
// right comes out again as it was.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { startReeve, firstAdministrator, until, root, haveShared } from '../lib/reeve.mjs';
import { N } from '../lib/badge.mjs';
import { places, said } from '../lib/packs.mjs';
import { assign, body, chain, channel, field, flow, head, ifElse, join, kernel, lanes, method, pack, simple, tryCatch } from '../lib/pack-maker.mjs';

describe('rules of export files', () => {
  let s, admin;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
  });
  after(() => s?.stop());
  let no = 0;
  const folder = () => admin.post(`${N}/folders`, { name: `Folder ${++no}` });
  const take = async (p) => {
    const home = await folder();
    const r = await admin.raw('POST', `${N}/flows/import?folderId=${home.id}`, { body: typeof p === 'string' ? p : JSON.stringify(p) });
    return { ...r, home, causes: (r.json.errorCauses ?? []).map((c) => c.errorSummary) };
  };
  const give = async (home) => {
    const p = await admin.get(`${N}/folders/${home.id}/export`);
    delete p.data.groups[home.id];
    for (const g of Object.values(p.data.groups)) g.data.path = g.data.path.split('.').filter((x) => x !== home.id).join('.');
    return p;
  };
  /** In, out, in and out again: what comes out says the same each time; gives the first that came out. */
  const roundTrip = async (p) => {
    const first = await take(p);
    assert.equal(first.status, 201, first.text);
    const out = await give(first.home);
    assert.deepEqual(said(out), said(p));
    assert.deepEqual(places(out), places(p));
    const second = await take(out);
    assert.equal(second.status, 201, second.text);
    const again = await give(second.home);
    assert.deepEqual(said(again), said(p));
    assert.deepEqual(places(again), places(p));
    return { ...first, out, flow: Object.values(out.data.flos)[0].data };
  };
  const changed = (change) => { const p = simple(); change(p.data.flos.f.data, p); return p; };
  const addIf = (d, t, f, more = []) => { const cards = ifElse('i'); d.methods.push(...cards, ...t, ...f, ...more); Object.assign(d.orderings, chain('a', 'i'), lanes('i', t.map((m) => m.uuid), f.map((m) => m.uuid)), more.length ? chain('i-J', ...more.map((m) => m.uuid)) : {}); return cards; };
  const method1 = (d) => d.methods[1].node.model;

  /** Runs a flow; gives what went into one of its cards. */
  const inputsOf = async (id, card, inputs) => {
    const { runId } = await admin.post(`${N}/flows/${id}/test`, { inputs }, [202]);
    const done = await until(async () => { const r = await admin.get(`${N}/runs/${runId}`); return r.endedAt ? r : null; }, 'the run to end');
    assert.equal(done.status, 'SUCCEEDED');
    return (await admin.get(`${N}/runs/${runId}/cards`)).data.find((c) => c.cardId === card).inputs;
  };

  const refused = [
    ['two fields of a body with one id', (d) => { method1(d).inputs.data['a-out'] = field('a-out', 'w'); }, /^Simple: Card a: two fields of one body have the same id: a-out \(a\)$/],
    ['a field that is no object', (d) => { method1(d).inputs.data.q = null; }, /^Simple: Card a: a field is no object: q/],
    ['an action at the start', (d) => { d.methods.shift(); d.orderings = {}; d.methods[0].address = channel('stash:readTable'); d.methods[0].node.key = 'readTable'; }, /^Simple: Card a: the first card is not an event/],
    ['a hidden card at the start', (d) => { Object.assign(d.methods[0], { address: kernel('control:noop') }); d.methods[0].node.key = 'noop'; d.methods[0].node.model.displayed = false; }, /^Simple: Helper Flow: the first card is not an event/],
    ['an inline body that is an empty object', (d) => { d.methods.push(tryCatch('t', {})); Object.assign(d.orderings, chain('a', 't')); }, /^Simple: If Error: an inline body has no cards and so does not start with a Helper Flow card \(t\)/],
    ['an ordering to nowhere in an inline body', (d) => { d.methods.push(tryCatch('t', body([head('ih')], { z: ['ih', 'gone'] }))); Object.assign(d.orderings, chain('a', 't')); }, /^Simple: If Error: an ordering names a card that is not there: z \(t\)$/],
    ['an error handler without cards', (d) => { method1(d).policy = { error: { type: 'handler', merge: 'join' } }; }, /^Simple: Card a: the error handler of the card has no cards/],
    ['cards that are no list', (d) => { d.methods = {}; }, /^Simple: the flow has no list of cards/],
    ['a card that is no object', (d) => { d.methods.push('x'); }, /^Simple: card without uuid or model/],
    ['orderings in a list', (d) => { d.orderings = [['h', 'a']]; }, /^Simple: orderings must be an object/],
    ['half an ordering', (d) => { d.orderings.z = ['h']; }, /^Simple: an ordering names a card that is not there: z/],
    ['links in a list', (d) => { d.methods[0].pins = ['x']; }, /^Simple: Helper Flow: pins must be an object/],
    ['links of an output in a text', (d) => { d.methods[0].pins['h-x'] = 'a'; }, /^Simple: Helper Flow: the links of an output must be an object/],
    ['links to a card in a text', (d) => { d.methods[0].pins['h-x'].a = 'a-in'; }, /^Simple: Helper Flow: the links to a card must be a list/],
    ['a conversion in a text', (d) => { d.methods[0].pins['h-x'].a[0].transform = 'parse'; }, /^Simple: Helper Flow: transform must be an object/],
    ['two conversions', (d) => { d.methods[0].pins['h-x'].a[0].transform = { 'h-x': { convert: 'parse' }, b: { convert: 'parse' } }; }, /^Simple: Helper Flow: a link has two conversions at output h-x/],
    ['an overlong uuid', (d) => { d.methods[1].uuid = 'u'.repeat(61); d.methods[0].pins = {}; d.orderings = chain('h', d.methods[1].uuid); }, /^Simple: Card a: the uuid of the card has more than 60 bytes/],
    ['three sources of a join', (d) => { const t = assign('t', '1'), f = assign('f', '2'), cards = addIf(d, [t], [f]); join(t, 't-out', cards[3], 'i-ji'); join(f, 'f-out', cards[3], 'i-ji'); join(d.methods[1], 'a-out', cards[3], 'i-ji'); }, /^Simple: Join: a field has more than two sources: i-ji \(i-J\)$/],
    ['a branch that starts at a card', (d) => { const cards = addIf(d, [], []); cards[0].branches = { a: true, 'i-F': false }; d.orderings = { ...chain('h', 'i'), ...chain('a', 'i-J'), ...chain('i-F', 'i-J') }; d.methods.splice(d.methods.indexOf(cards[1]), 1); }, /^Simple: If\/Else: a branch of an If\/Else starts at a card that is none: a/],
    ['a broken link in the two cards of an event', (_d, p) => { const e = eventPack(); e.data.flos.f.data.methods[0].pins['ev-c'].gone = [{ input: 'x', transform: null }]; p.data = e.data; }, /^Simple: Card ev: a link leads to a card or field that is not there from output ev-c/],
    ['tables in a list', (_d, p) => { p.data.tables = ['x']; }, /^data\.tables must be an object/],
    ['a table that is nothing', (_d, p) => { p.data.tables = { t: null }; }, /^data\.tables: "t" or its data is no object/],
    ['columns in a text', (_d, p) => { p.data.tables = { t: { id: 't', name: 'Tab', data: { structure: 'x' } } }; }, /^the table "Tab": its structure must be a list of columns/],
  ];
  const eventPack = () => {
    const ev = method('ev', channel('okta:userAddedToGroupMembership', '1.0.9'), [], [field('ev-c', 'collection', [], { type: 'object', list: true })], { config: 'k' });
    const inner = method('ih', kernel('control:callable'), [field('ih-in', 'ID', '', { group: 'Output' })], [field('ih-out', 'ID', '', { group: 'Output' })], { name: 'Card ev' });
    const each = method('each', kernel('list:asyncEach'), [field('el', 'list', [], { type: 'object', list: true }), field('ef', 'flo', body([inner]), { type: 'flo' }), field('ec', 'concurrency', 1, { type: 'number' })]);
    join(ev, 'ev-c', each, 'el');
    return pack([flow('f', 'Simple', [ev, each], chain('ev', 'each'), { display: { isCallable: false } })], { configs: { k: { id: 'k', name: 'Some org', module: 'okta', data: null } } });
  };
  test('WF-126: what is wrong or of the wrong kind in a file is told with its flow and card, and nothing of the file is imported', async (t) => {
    for (const [name, change, sentence] of refused)
      await t.test(name, async () => {
        const r = await take(changed(change));
        assert.equal(r.status, 400, r.text);
        assert.ok(r.causes.some((c) => sentence.test(c)), r.causes.join('\n'));
        assert.deepEqual((await admin.get(`${N}/flows?folderId=${r.home.id}`)).data, []);
      });
  });

  test('WF-126: all mistakes are told at once: of each card, of inline bodies, and of bodies within a body that is broken itself', async () => {
    const bad = (u) => body([head(`${u}h`), method(`${u}b`, 'nowhere')]);
    const table = (u) => method(u, channel('stash:readTable'), [field(`${u}-t`, 'stash', 'none', { group: 'parameters', flags: 'p' })]);
    const p = changed((d) => { d.methods.push(table('s1'), tryCatch('t1', bad('x')), table('s2'), tryCatch('t2', bad('y'))); Object.assign(d.orderings, chain('a', 's1', 't1', 's2', 't2')); });
    assert.deepEqual((await take(p)).causes.map((c) => c.replace(/ \(.*/, '')), ['Simple: Card s1: the table of this card is not in the export', 'Simple: Card xb: bad card address', 'Simple: Card s2: the table of this card is not in the export', 'Simple: Card yb: bad card address']);
    p.data.flos.f.data.orderings.lost = ['a', 'gone'];
    assert.deepEqual((await take(p)).causes.map((c) => c.replace(/ \(.*/, '')), ['Simple: an ordering names a card that is not there: lost', 'Simple: Card xb: bad card address', 'Simple: Card yb: bad card address']);
  });

  test('a circle is told with the cards in it, not with those behind it', async () => {
    const r = await take(changed((d) => { d.methods.push(assign('b'), assign('c'), assign('d')); Object.assign(d.orderings, chain('a', 'b', 'c', 'd'), chain('c', 'b')); }));
    assert.deepEqual(r.causes, ['Simple: Card b: cards wait for each other in a circle (b)', 'Simple: Card c: cards wait for each other in a circle (c)']);
  });

  test('a file with a million mistakes ends in a list that can be read', async () => {
    const r = await take(changed((d) => { d.methods[0].pins['h-x'].a = Array.from({ length: 100000 }, () => ({ input: 'a-in', transform: null })); }));
    assert.equal(r.status, 400);
    assert.ok(r.causes.length <= 1001, String(r.causes.length));
    assert.match(r.causes.at(-1), /^and 98999 more errors$/);
  });

  test('versions 1.2.0 to 1.5.0 go in alike, a newer one with a warning, another major not at all', async () => {
    for (const version of ['1.2.0', '1.3.0', '1.4.0', '1.5.0']) assert.deepEqual((await take({ ...simple(), version, checksum: 'x' })).json.warnings, []);
    assert.match((await take({ ...simple(), version: '1.6.0' })).json.warnings[0].sentence, /^version 1\.6\.0 is newer than 1\.5\.0/);
    for (const version of ['0.9.0', '2.0.0', '', null, 1.5]) assert.match((await take({ ...simple(), version })).causes[0], /^unsupported version/);
  });

  test('what is optional may be absent or null, and members nobody knows are passed over', async () => {
    const bare = changed((d, p) => {
      for (const m of d.methods) { for (const k of ['parents', 'joins', 'branches']) delete m[k]; for (const k of ['policy', 'metadata', 'displayed', 'mirrored', 'config']) delete m.node.model[k]; }
      for (const k of ['scheduled', 'cron', 'security_level', 'display', 'log', 'group', 'id']) delete d[k];
      for (const k of ['configs', 'tables', 'groups']) delete p.data[k];
      delete p.flags; delete p.created; delete p.data.flos.f.description;
    });
    assert.equal((await take(bare)).status, 201);
    const nulls = changed((d, p) => { for (const m of d.methods) { for (const k of ['parents', 'joins', 'branches']) m[k] = null; for (const k of ['policy', 'metadata', 'config']) m.node.model[k] = null; } d.cron = null; for (const k of ['configs', 'tables', 'groups']) p.data[k] = null; });
    assert.equal((await take(nulls)).status, 201);
    assert.equal((await take(`\ufeff${JSON.stringify(simple())}`)).status, 201, 'a byte order mark');
    const more = changed((d, p) => { p.x = 1; p.data.y = [2]; p.data.flos.f.z = {}; d.q = 4; d.methods[1].w = 5; method1(d).inputs.data['a-in'].u = 6; method1(d).inputs.data['a-in'].metadata.own = { deep: [1] }; });
    const { flow: out } = await roundTrip(more);
    assert.deepEqual(out.methods[1].node.model.inputs.data['a-in'].metadata.own, { deep: [1] });
  });

  test('WF-127, WF-128: each conversion comes out as it went in, alone and with a list around it', async () => {
    for (const convert of ['parse', 'dateTime', 'stringify', 'wrapArray', 'toString', 'parseFloat', 'isoString', 'booleanToString'])
      for (const forceWrapArray of [false, true]) {
        const { flow: out } = await roundTrip(changed((d) => { d.methods[0].pins['h-x'].a[0].transform = { 'h-x': { convert, forceWrapArray, dest: 'h-x' } }; }));
        assert.deepEqual(out.methods[0].pins['h-x'].a, [{ input: 'a-in', transform: { 'h-x': { convert, forceWrapArray, dest: 'h-x' } } }]);
      }
  });

  test('WF-127: a field of the end of an If/Else takes one branch, the other branch, a card before it or a card of a branch within, and comes out so', async () => {
    const only = (side) => changed((d) => { const c = assign('c', 'x'), cards = addIf(d, side === 'T' ? [c] : [], side === 'F' ? [c] : []); join(c, 'c-out', cards[3], 'i-ji'); });
    const called = await roundTrip(changed((d) => { // a field of the end that is called as the answer of the card
      const c = assign('c', 'x'), r = assign('r'), cards = addIf(d, [c], [], [r]);
      for (const side of ['inputs', 'outputs']) for (const f of Object.values(cards[3].node.model[side].data)) f.key = 'result';
      join(c, 'c-out', cards[3], 'i-ji');
      join(cards[3], 'i-jo', r, 'r-in');
    }));
    assert.deepEqual(await inputsOf(called.json.flows[0].id, 'r', { x: '' }), { 'r-in': 'x' });
    await roundTrip(only('T'));
    await roundTrip(only('F'));
    await roundTrip(changed((d) => { const cards = addIf(d, [], []); join(d.methods[1], 'a-out', cards[3], 'i-ji'); }));
    await roundTrip(changed((d) => {
      const cards = addIf(d, [], []), [i2, t2, f2, j2] = ifElse('k'), c = assign('c', 'x');
      join(c, 'c-out', cards[3], 'i-ji');
      d.methods.push(i2, t2, f2, j2, c);
      Object.assign(d.orderings, lanes('k', ['c']), chain('i-T', 'k'), chain('k-J', 'i-J'));
    }));
  });

  test('WF-127: a card behind an If/Else reads a card of a branch: its value when the branch ran, else nothing', async () => {
    const p = changed((d) => {
      const inner = assign('t', 'from the branch'), ret = method('r', kernel('control:return'), [field('r-in', 'out')], [field('r-out', 'out')]);
      const cards = addIf(d, [inner], [], [ret]);
      join(d.methods[0], 'h-x', cards[0], 'i-l');
      join(inner, 't-out', ret, 'r-in');
    });
    const { json, flow: out } = await roundTrip(p);
    assert.deepEqual(out.methods.find((m) => m.uuid === 't').pins, { 't-out': { r: [{ input: 'r-in', transform: null }] } });
    const { id } = json.flows[0];
    await admin.post(`${N}/flows/${id}/activate`);
    for (const [x, value] of [['1', 'from the branch'], ['2', null]]) {
      assert.deepEqual(await inputsOf(id, 'r', { x }), { 'r-in': value });
    }
  });

  test('a value of the branch beside it never exists: told, and read as nothing', async () => {
    const r = await take(changed((d) => { const t = assign('t'), f = assign('f', 'x'); addIf(d, [t], [f]); join(f, 'f-out', t, 't-in'); }));
    assert.equal(r.status, 201, r.text);
    assert.deepEqual(r.json.warnings.map((w) => [w.flow, w.card, w.sentence]), [['Simple', 'Card t', 'the field "v" reads a value of the other branch, which is not there when this one runs; it counts as nothing (t)']]);
  });

  test('WF-127: cards of one uuid in several bodies, bodies fourteen deep, and addresses nobody knows come out as they were', async () => {
    const inner = () => { const h = head('same', 'v'), a = assign('a'); join(h, 'same-v', a, 'a-in'); return body([h, a]); };
    await roundTrip(changed((d) => { d.methods.push(tryCatch('t', inner(), { policy: { error: { type: 'handler', merge: 'join', flo: inner() } } })); Object.assign(d.orderings, chain('a', 't')); }));
    const deep = (n) => (n === 0 ? body([head('h0')]) : body([head(`h${n}`), tryCatch(`t${n}`, deep(n - 1))]));
    await roundTrip(changed((d) => { d.methods.push(tryCatch('t', deep(13))); Object.assign(d.orderings, chain('a', 't')); }));
    assert.match((await take(changed((d) => { d.methods.push(tryCatch('t', deep(16))); Object.assign(d.orderings, chain('a', 't')); }))).text, /flow\.nesting/);
    let levels = 1;
    for (let i = 0; i < 65; i++) levels = { levels };
    assert.match((await take({ ...simple(), levels })).text, /not a workflow export: the file is nested deeper than 64 levels/);
    for (const address of ['root:kernel:quantum:0.0.1:let', 'root:kernel:control:0.0.2:let', `root:channels:http:own_${'0a'.repeat(16)}:7.1.2:let`]) await roundTrip(changed((d) => { d.methods[1].address = address; }));
  });

  test('types, choices and options nobody knows the use of stay', async () => {
    const { flow: out } = await roundTrip(changed((d) => {
      method1(d).inputs.data['a-in'].value.type = 'Wibble';
      method1(d).outputs.data['a-out'].metadata.choices = ['one', { label: 'Two', value: 2 }];
      method1(d).inputs.data.opt = field('opt', 'mode', null, { group: 'parameters', flags: 'p' });
    }));
    assert.equal(out.methods[1].node.model.inputs.data['a-in'].value.type, 'Wibble');
  });

  test('names in any script stay, long ones are cut with a warning, and equal ones are several', async () => {
    await roundTrip(changed((d, p) => { p.data.flos.f.name = 'アクセス 🚪 Ünï'; p.data.groups.g.data.name = 'Ключи'; d.methods[1].node.model.metadata.name = '名前 🗝'; method1(d).inputs.data['a-in'].key = 'ключ.🗝'; }));
    const r = await take(changed((d, p) => { p.data.flos.f.name = 'ü'.repeat(150); method1(d).metadata.name = 'é'.repeat(300); }));
    assert.equal(r.status, 201, r.text);
    assert.equal(r.json.flows[0].name, 'ü'.repeat(100));
    assert.deepEqual(r.json.warnings.map((w) => w.sentence.replace(/".*"/, '""')), ['the name "" was cut after 200 bytes', 'the name of the card has more than 400 bytes and was cut (a)']);
    const twice = pack(['f1', 'f2'].map((id) => flow(id, 'Twin', [head('h')], {})), { tables: Object.fromEntries(['t1', 't2'].map((id) => [id, { id, name: 'Tab', description: '', data: { class: 'simple', group_id: 'g', structure: [] } }])) });
    await roundTrip(twice);
  });

  test('WF-129: a connection of the file that nobody chose yet is asked for and comes out again; of several of one connector the one of its name is taken', async () => {
    const configs = Object.fromEntries([['k1', 'Live', 'okta'], ['k2', 'Trial', 'okta'], ['k3', 'Site', 'httpfunctions']].map(([id, name, module]) => [id, { id, name, module, data: null }]));
    const p = changed((d, x) => {
      x.data.configs = configs;
      d.methods.push(method('o1', channel('okta:readUser'), [], [], { config: 'k1' }), method('o2', channel('okta:readUser'), [], [], { config: 'k2' }), method('w1', channel('httpfunctions:get'), [], [], { config: 'k3' }), method('w2', channel('httpfunctions:get')));
      Object.assign(d.orderings, chain('a', 'o1', 'o2', 'w1', 'w2'));
    });
    const named = (out) => Object.values(out.data.flos)[0].data.methods.slice(2).map((m) => out.data.configs[m.node.model.config]?.name ?? null);
    const { json, out, home } = await roundTrip(p);
    assert.deepEqual(json.warnings.map((w) => w.sentence), ['needs a connection for okta; choose one before turning the flows on', 'needs a connection for httpfunctions; choose one before turning the flows on']);
    assert.deepEqual(named(out), ['Live', 'Trial', 'Site', null]);
    assert.deepEqual(Object.values(out.data.configs).map((c) => [c.name, c.module, c.data]).sort(), [['Live', 'okta', null], ['Site', 'httpfunctions', null], ['Trial', 'okta', null]]);
    const needs = (list) => list.data.map((n) => [n.connector, n.wanted, n.cards.map((c) => c.cardId)]);
    const path = `${N}/folders/${home.id}/connection-needs`;
    assert.deepEqual(needs(await admin.get(path)), [['okta', 'Live', ['o1']], ['okta', 'Trial', ['o2']], ['httpfunctions', 'Site', ['w1']]]);
    const made = {};
    for (const name of ['Other', 'Trial', 'Live']) made[name] = (await admin.post(`${N}/connections`, { name, connector: 'okta' })).id;
    const wrong = await admin.raw('POST', path, { body: { connections: { 'httpfunctions:Site': made.Live } } });
    assert.deepEqual([wrong.status, wrong.json.errorCauses[0].location], [400, '/connections/httpfunctions:Site']);
    assert.deepEqual(needs(await admin.post(path, { connections: { 'okta:Trial': made.Other } })), [['okta', 'Live', ['o1']], ['httpfunctions', 'Site', ['w1']]]);
    assert.deepEqual(needs(await admin.post(path, { connections: { okta: made.Live } })), [['httpfunctions', 'Site', ['w1']]]);
    assert.deepEqual(named(await give(home)), ['Live', 'Other', 'Site', null]);
    const again = await take(out);
    const cards = (await admin.get(`${N}/flows/${again.json.flows[0].id}`)).cards;
    assert.deepEqual(cards.slice(2).map((c) => c.connectionId ?? null), [made.Live, made.Trial, null, null]);
    assert.deepEqual(named(await give(again.home)), ['Live', 'Trial', 'Site', null]);
  });

  test('WF-127: real exports come out with the folders, the places of tables and the connections they came with', { skip: !haveShared && 'no real exports here' }, async () => {
    const where = path.join(root, '../shared/flopacks');
    for (const name of readdirSync(where).filter((f) => f.endsWith('.flopack'))) {
      const p = JSON.parse(readFileSync(path.join(where, name), 'utf8')), first = await take(p);
      assert.equal(first.status, 201, `${name}: ${first.text.slice(0, 500)}`);
      const out = await give(first.home), second = await take(out);
      assert.deepEqual(places(out), places(p), name);
      assert.deepEqual(places(await give(second.home)), places(p), name);
    }
  });

  test('what only a flow drawn here has is there again after its export: help, and the inputs a caller must give', async () => {
    const home = await folder();
    const outputs = [{ id: 'who', group: 'inputs', key: 'who', label: 'Who', type: 'text', required: true, help: 'The person it is for', custom: true }, { id: 'size', group: 'inputs', key: 'size', label: 'Size', type: 'number', choices: [{ value: 1, label: 'One' }, { value: 2, label: 'Two' }], custom: true }];
    const inputs = [{ id: 'v', key: 'v', label: 'V', type: 'text', value: 'x', help: 'What it is', choices: [{ value: 'x', label: 'X' }] }];
    const drawn = await admin.post(`${N}/flows`, { name: 'Drawn', folderId: home.id, cards: [{ id: 'start', card: 'http:delegated', inputs: [], outputs }, { id: 'a', card: 'control:let', inputs, outputs: [] }] });
    const again = await take(await admin.get(`${N}/flows/${drawn.id}/export`));
    const { cards } = await admin.get(`${N}/flows/${again.json.flows[0].id}`);
    assert.deepEqual(cards[0].outputs, outputs);
    assert.deepEqual(cards[1].inputs, inputs);
  });

  test('WF-65: an event comes out in the form it came in: in two cards, or as the head of an ordinary body', async () => {
    await roundTrip(eventPack());
    const ev = method('ev', channel('jira2:issueUpdated'), [field('ev-p', 'project', 'X', { group: 'parameters', flags: 'p' })], [field('ev-k', 'key', '', { group: 'Output' })]), a = assign('a');
    join(ev, 'ev-k', a, 'a-in');
    await roundTrip(pack([flow('f', 'Plain', [ev, a], chain('ev', 'a'), { display: { isCallable: false } })]));
  });

  test('a schedule that cannot be kept is told', async () => {
    const at = (change) => take(changed((d) => { d.scheduled = true; d.cron = { minutes: '0', hours: '9', dayOfTheMonth: '*', month: '*', dayOfTheWeek: '*', timeZone: 'Europe/Rome' }; change(d); }));
    assert.deepEqual((await at(() => {})).json.warnings, []);
    for (const change of [(d) => { d.cron.seconds = '00,30'; }, (d) => { d.cron.timeZone = 'Z'.repeat(100); }, (d) => { d.cron = {}; }]) {
      const r = await at(change);
      assert.match(r.json.warnings[0].sentence, /^the schedule or its time zone cannot be read/);
      const f = await admin.get(`${N}/flows/${r.json.flows[0].id}`);
      assert.equal((await admin.raw('PATCH', `${N}/flows/${f.id}`, { body: { cards: f.cards, version: f.version } })).status, 200, 'the flow can be saved as it is');
      assert.equal((await admin.raw('POST', `${N}/flows/${f.id}/activate`)).status, 400);
    }
    assert.match((await at((d) => { d.methods[0].address = kernel('control:noop'); d.methods[0].node.key = 'noop'; })).json.warnings[0].sentence, /^the flow has a schedule and does not start with a Helper Flow card/);
  });

  test('WF-128: a flow drawn here goes out with fields that are unique in their body', async () => {
    const home = await folder();
    const pins = (...keys) => keys.map((key) => ({ id: key, key, type: 'text' }));
    const one = { from: { card: 'one', output: 'v' } }, two = { from: { card: 'two', output: 'v' } };
    const given = [[one, two], [one, one], [{ value: 'yes' }, { value: 'no' }], [{ value: 'yes' }, two], [null, one]]; // of each If/Else, in both lanes
    const cards = [{ id: 'start', card: 'control:callable', inputs: [], outputs: pins('v') }, ...['one', 'two'].map((id, i) => ({ id, card: 'control:let', inputs: [{ ...pins('v')[0], from: { card: i ? 'one' : 'start', output: 'v', ...(i ? { path: ['m'], convert: 'parse' } : {}) } }], outputs: pins('v') })),
      ...['if1', 'if2', 'if3', 'if4', 'if5'].map((id, i) => ({ id, card: 'control:if', inputs: [...pins('left-operand', 'right-operand'), { id: 'operator', key: 'operator', type: 'text', value: '==' }], outputs: [{ id: 'result', key: 'result', type: 'boolean' }, ...pins('v')], lanes: ['true', 'false'].map((name, k) => ({ name, cards: [], ...(given[i][k] ? { results: [{ output: 'v', ...given[i][k] }] } : {}) })) })),
      { id: 'end', card: 'control:return', inputs: [{ id: 'a', key: 'a', type: 'text', from: { card: 'if1', output: 'v' } }, { id: 'b', key: 'b', type: 'text', from: { card: 'if2', output: 'v' } }, { id: 'v', key: 'c', type: 'text', from: { card: 'two', output: 'v' } }], outputs: [] }];
    await admin.post(`${N}/flows`, { name: 'Drawn', folderId: home.id, cards });
    const out = await give(home);
    const [drawn] = Object.values(out.data.flos);
    const ids = drawn.data.methods.flatMap((m) => ['inputs', 'outputs'].flatMap((side) => Object.keys(m.node.model[side].data)));
    assert.equal(new Set(ids).size, ids.length, ids.join(' '));
    const again = await take(out);
    assert.equal(again.status, 201, again.text);
    const back = (await admin.get(`${N}/flows/${again.json.flows[0].id}`)).cards;
    const from = (pin) => { const { card, output, ...how } = pin.from; return [card, back.find((c) => c.id === card).outputs.find((o) => o.id === output).key, how]; };
    assert.deepEqual(back.at(-1).inputs.map(from), [['if1', 'v', {}], ['if2', 'v', {}], ['two', 'v', {}]]);
    assert.deepEqual(from(back[2].inputs[0]), ['one', 'v', { path: ['m'], convert: 'parse' }]);
    const result = (l) => { const x = l.results.find((y) => back.some((c) => c.outputs.some((o) => o.id === y.output && o.key === 'v'))); return x?.from ? from(x)[0] : x?.value ?? null; };
    assert.deepEqual(['if1', 'if2', 'if3', 'if4', 'if5'].map((id) => back.find((c) => c.id === id).lanes.map(result)), [['one', 'two'], ['one', 'one'], ['yes', 'no'], ['yes', 'two'], [null, 'one']]);
    assert.deepEqual(said(await give(again.home)), said(out));
  });
});
