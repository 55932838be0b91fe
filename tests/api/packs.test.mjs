// Export files: what goes in comes out, nothing goes in by halves, and hostile files end in a sentence.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, firstAdministrator, root, haveShared, reeve } from '../lib/reeve.mjs';
import { N } from '../lib/badge.mjs';
import { said } from '../lib/packs.mjs';

const own = readFileSync(join(root, 'tests/vectors/packs/round-trip.flopack'), 'utf8');

describe('export files', () => {
  let s, admin;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    await admin.post(`${N}/connections`, { name: 'Main org', connector: 'okta' });
  });
  after(() => s?.stop());
  const folder = (name) => admin.post(`${N}/folders`, { name });
  const take = async (text, id) => admin.raw('POST', `${N}/flows/import?folderId=${id}`, { body: text });
  /** What stands in the folder, without the folder itself around it: what pointed to it has no folder. */
  const give = async (id) => {
    const pack = await admin.get(`${N}/folders/${id}/export`);
    delete pack.data.groups[id];
    return pack;
  };

  test('WF-12, WF-127, WF-128: names, cards, order, links, values, options, schemas, labels and policies are the same after import and export', async () => {
    const home = await folder('Round trip');
    const report = await take(own, home.id);
    assert.equal(report.status, 201, report.text);
    const pack = await give(home.id);
    assert.deepEqual(said(pack), said(JSON.parse(own)));
    const keys = Object.values(pack.data.configs);
    assert.deepEqual(keys.map(({ name, module, data }) => ({ name, module, data })), [{ name: 'Main org', module: 'okta', data: null }]);
    const second = await folder('Second trip');
    assert.equal((await take(JSON.stringify(pack), second.id)).status, 201);
    assert.deepEqual(said(await give(second.id)), said(JSON.parse(own)));
  });

  test('WF-145: a card nobody knows is kept with its fields, told once with its count, and the flow opens', async () => {
    const home = await folder('Unknown card');
    const { json } = await take(own, home.id);
    assert.ok(json.warnings.some((w) => w.flow === 'Nightly' && w.card === 'Do Thing' && /is not supported; it is kept and fails only when it is run/.test(w.sentence)));
    assert.ok(json.warnings.some((w) => w.sentence === 'not supported: acmething:doThing_aB3dEf6hI, 1 times'));
    const flow = await admin.get(`${N}/flows/${json.flows.find((f) => f.name === 'Nightly').id}`);
    const card = flow.cards.find((c) => c.title === 'Do Thing');
    assert.equal(card.supported, false);
    assert.deepEqual(card.inputs.map((p) => [p.group, p.key, p.value]), [['Inputs.One', 'Deep Field', { x: [1, null, 'é'] }]]);
    assert.deepEqual(card.options, { region: 'eu' });
  });

  test('WF-65: an event flow in its two stored cards is shown as the flow that was drawn', async () => {
    const home = await folder('Event');
    const { json } = await take(own, home.id);
    const row = json.flows.find((f) => f.name === 'On group change');
    assert.equal(row.kind, 'EVENT');
    const flow = await admin.get(`${N}/flows/${row.id}`);
    assert.deepEqual(flow.cards.map((c) => c.card), ['okta:userAddedToGroupMembership', 'control:comment', 'control:if', 'json:stringify', 'control:tryCatch', 'control:spawn', 'stash:createRow']);
    assert.equal(flow.enabled, false);
  });

  test('WF-129: warnings name the flow and the card, and what needs a person is said', async () => {
    const home = await folder('Warnings');
    const { json } = await take(own, home.id);
    assert.ok(json.warnings.some((w) => w.flow === 'Endpoint' && /public endpoint/.test(w.sentence)));
    const many = JSON.parse(own);
    const f5 = many.data.flos.f5.data.methods.find((m) => m.uuid === 'n3');
    f5.node.model.config = 'gone';
    const helper = many.data.flos.f1.data.methods[0].node.model.inputs.data.ef.value.data.methods.find((m) => m.uuid === 'call');
    helper.node.model.inputs.data.clf.value.data = 'nowhere';
    many.data.flos.f3.data.cron.timeZone = 'Mars/Base';
    const told = (await take(JSON.stringify(many), (await folder('More warnings')).id)).json;
    const about = (flow, card, sentence) => assert.ok(told.warnings.some((w) => w.flow === flow && (w.card ?? null) === card && sentence.test(w.sentence)), `${flow} ${card} ${sentence}: ${JSON.stringify(told.warnings)}`);
    about('Draft', 'Read User', /connection of this card is not in the export/);
    about('On group change', 'Call Flow', /calls a flow that is not in this export/);
    about('Nightly', null, /schedule|time zone/);
    about('Helper', 'Map', /^hands "fixed" to the flow "Helper", which has no such field \(\w+\)$/);
    const calls = JSON.parse(own);
    calls.data.flos.f1.data.methods[0].node.model.inputs.data.ef.value.data.methods.find((m) => m.uuid === 'call').node.model.outputs.data.clo.key = 'other';
    const row = calls.data.flos.f1.data.methods[0].node.model.inputs.data.ef.value.data.methods.find((m) => m.uuid === 'row');
    row.node.model.inputs.data.wh = { id: 'wh', group: 'Filter', key: 'Where Expression', flags: 'd', value: { type: 'object', collection: false, data: { expr: [{ lhs: 'Done', op: '=', join: 'AND', rhd: { methodId: 'js', outputId: 'jso' } }] } }, metadata: { index: 9 } };
    const back = (await take(JSON.stringify(calls), (await folder('Calls')).id)).json.warnings;
    assert.ok(back.some((w) => w.flow === 'On group change' && w.card === 'Call Flow' && w.sentence === 'expects "other" from the flow "Helper", which does not return it (call)'), JSON.stringify(back));
    assert.ok(back.some((w) => w.card === 'Create Row' && w.sentence === 'the filter of "Done" reads a value that no card hands in; it counts as nothing (row)'));
  });

  const broken = [
    ['text that is no JSON', () => '{"type":', /not a workflow export/],
    ['a list', () => '[1]', /not a workflow export/],
    ['another type', (p) => ({ ...p, type: 'other' }), /not a workflow export/],
    ['another version', (p) => ({ ...p, version: '2.0.0' }), /unsupported version 2\.0\.0/],
    ['no flows', (p) => ({ ...p, data: { ...p.data, flos: {} } }), /not a workflow export/],
    ['ids that differ', (p) => { p.data.flos.f2.id = 'zz'; return p; }, /Helper: the ids of the flow differ/],
    ['a doubled card', (p) => { p.data.flos.f5.data.methods[2].uuid = 'n2'; return p; }, /Draft: Read User: two cards of one body have the same uuid/],
    ['a bad address', (p) => { p.data.flos.f5.data.methods[1].address = 'root:kernel:object'; return p; }, /Draft: Construct: bad card address/],
    ['an address beside its key', (p) => { p.data.flos.f5.data.methods[1].node.key = 'merge'; return p; }, /the address and the key of the card differ/],
    ['a field with two ids', (p) => { p.data.flos.f5.data.methods[1].node.model.inputs.data.n2a.id = 'other'; return p; }, /a field has two ids: n2a/],
    ['a link to nowhere', (p) => { p.data.flos.f4.data.methods[0].pins.acbo = { gone: [{ input: 'x', transform: null }] }; return p; }, /a link leads to a card or field that is not there/],
    ['a link from nowhere', (p) => { p.data.flos.f4.data.methods[0].pins.nix = { rr: [{ input: 'rrb', transform: null }] }; return p; }, /a link starts at an output that is not there: nix/],
    ['two sources of one field', (p) => { p.data.flos.f4.data.methods[0].pins.acho = { rr: [{ input: 'rrb', transform: null }] }; return p; }, /a field has more than one source: rrb/],
    ['an unknown conversion', (p) => { p.data.flos.f3.data.methods[0].pins.s1u.s2[0].transform.s1u.convert = 'melt'; return p; }, /unknown conversion melt/],
    ['an ordering to nowhere', (p) => { p.data.flos.f5.data.orderings.zz = ['n3', 'gone']; return p; }, /an ordering names a card that is not there/],
    ['a circle', (p) => { p.data.flos.f5.data.orderings.zz = ['n3', 'n2']; return p; }, /Draft: Construct: cards wait for each other in a circle/],
    ['two roots', (p) => { delete p.data.flos.f5.data.orderings.e1; return p; }, /more than one card without a predecessor/],
    ['a root that is no event', (p) => { p.data.flos.f5.data.methods.shift(); delete p.data.flos.f5.data.orderings.e1; return p; }, /the first card is not an event/],
    ['an If/Else with one branch', (p) => { const b = p.data.flos.f1.data.methods[0].node.model.inputs.data.ef.value.data; delete b.methods.find((m) => m.uuid === 'if1').branches.F1; return p; }, /an If\/Else lacks one of its two branches|without a predecessor/],
    ['branches that never meet', (p) => { const b = p.data.flos.f1.data.methods[0].node.model.inputs.data.ef.value.data; delete b.orderings.e8; return p; }, /never meet/],
    ['a join of what is not there', (p) => { const b = p.data.flos.f1.data.methods[0].node.model.inputs.data.ef.value.data; b.methods.find((m) => m.uuid === 'j1').joins.zz = [{ output: 'j1o', transform: null }]; return p; }, /names a field that is not there: zz/],
    ['an inline body without a head', (p) => { const f = p.data.flos.f2.data.methods.find((m) => m.uuid === 'br').node.model.inputs.data.bef.value.data; f.methods[0].address = 'root:kernel:control:0.0.1:noop'; f.methods[0].node.key = 'noop'; return p; }, /an inline body does not start with a Helper Flow card/],
    ['a capture without a partner', (p) => { const c = p.data.flos.f2.data.methods.find((m) => m.uuid === 'br'); delete c.node.model.inputs.data.brx; delete p.data.flos.f2.data.methods.find((m) => m.uuid === 'h2').pins.h2o.br; return p; }, /uses a value that its container does not hand in: qq \(br\)/],
  ];
  test('WF-126: each mistake of a file is an error with its own sentence, and nothing of the file is imported', async (t) => {
    const home = await folder('Broken');
    for (const [name, change, sentence] of broken)
      await t.test(name, async () => {
        const changed = change(JSON.parse(own));
        const answer = await take(typeof changed === 'string' ? changed : JSON.stringify(changed), home.id);
        assert.equal(answer.status, 400, answer.text);
        assert.match([answer.json.errorSummary, ...(answer.json.errorCauses ?? []).map((c) => c.errorSummary)].join('\n'), sentence);
        assert.deepEqual((await admin.get(`${N}/flows?folderId=${home.id}`)).data, []);
        assert.deepEqual((await admin.get(`${N}/folders?parentId=${home.id}&limit=200`)).data.filter((f) => f.parentId === home.id), []);
      });
  });

  test('several mistakes are all told at once, each with its flow', async () => {
    const p = JSON.parse(own);
    p.data.flos.f5.data.methods[1].address = 'root:kernel:object';
    p.data.flos.f3.data.methods[0].pins.s1u.s2[0].transform.s1u.convert = 'melt';
    const { json } = await take(JSON.stringify(p), (await folder('Two mistakes')).id);
    const causes = json.errorCauses.map((c) => c.errorSummary);
    assert.ok(causes.some((c) => /^Draft: Construct: bad card address/.test(c)) && causes.some((c) => /^Nightly: .*unknown conversion melt/.test(c)), causes.join('\n'));
  });

  test('files that are deep, cut or too large end in a sentence', async () => {
    const home = await folder('Hostile');
    const deep = `{"type":"flopack","version":"1.5.0","data":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`;
    for (const text of [deep, own.slice(0, own.length / 2), own.slice(0, -3), `${own}x`, own.replace('"Draft"', '"\\ud800"')]) {
      const answer = await take(text, home.id);
      assert.equal(answer.status, 400, answer.text.slice(0, 300));
      assert.match(answer.text, /not a workflow export/);
    }
    const large = JSON.parse(own);
    large.padding = 'x'.repeat(200000);
    large.more = Array.from({ length: 75 }, () => large.padding);
    const fits = JSON.stringify(large);
    assert.ok(fits.length > 14 << 20 && fits.length < 16 << 20);
    assert.equal((await take(fits, home.id)).status, 201);
    assert.equal((await take(`${fits}${' '.repeat(3 << 20)}`, home.id)).status, 413);
  });

  test('real exports are the same after import and export, and after both once more', { skip: !haveShared && 'no real exports here' }, async () => {
    const where = join(root, '../shared/flopacks');
    for (const name of readdirSync(where).filter((f) => f.endsWith('.flopack'))) {
      const text = readFileSync(join(where, name), 'utf8');
      const home = await folder(name.slice(0, 60));
      const answer = await take(text, home.id);
      assert.equal(answer.status, 201, `${name}: ${answer.text.slice(0, 500)}`);
      const first = await give(home.id);
      assert.deepEqual(said(first), said(JSON.parse(text)), name);
      const again = await folder(`${name.slice(0, 50)} again`), second = await take(JSON.stringify(first), again.id);
      assert.equal(second.status, 201, `${name}: ${second.text.slice(0, 500)}`);
      assert.deepEqual(said(await give(again.id)), said(first), `${name}, the second time`);
    }
  });
});

test('reeve flow import and export work on the data directory while no server runs, and name what is wrong', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-')), data = join(dir, 'data'), file = join(dir, 'pack.flopack');
  const s = await startReeve({ dir });
  const admin = await firstAdministrator(s);
  const home = await admin.post(`${N}/folders`, { name: 'By command' });
  writeFileSync(file, own);
  await s.stop();
  const taken = reeve('flow', 'import', file, home.id, '--data', data);
  assert.equal(taken.status, 0, taken.stderr);
  const id = /^(\S+) {2}Helper$/m.exec(taken.stdout)?.[1];
  assert.ok(id, taken.stdout);
  assert.match(taken.stdout, /warning: Endpoint: public endpoint/);
  const given = reeve('flow', 'export', id, '--data', data);
  assert.equal(given.status, 0, given.stderr);
  const flows = (pack) => said(pack).flows.filter((f) => f.name === 'Helper').map(({ folder: _folder, ...f }) => f);
  assert.deepEqual(flows(JSON.parse(given.stdout)), flows(JSON.parse(own)));
  const whole = reeve('flow', 'export', home.id, '--data', data);
  assert.equal(whole.status, 0, whole.stderr);
  assert.equal(Object.keys(JSON.parse(whole.stdout).data.flos).length, 5);
  writeFileSync(file, own.replace('root:kernel:object:0.0.1:construct', 'root:kernel:object'));
  const refused = reeve('flow', 'import', file, home.id, '--data', data);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /Draft: Construct: bad card address/);
  rmSync(dir, { recursive: true, force: true });
});
