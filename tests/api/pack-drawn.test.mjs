// Flows as people draw them, made up from a fixed seed: each is the same after export and import.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator } from '../lib/reeve.mjs';
import { N } from '../lib/badge.mjs';

let s, admin;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
});
after(() => s?.stop());

/** One flow: cards with links to anything before them, If/Else within If/Else, If Error with values handed in. */
function draw(seed) {
  let state = seed, no = 0, left = 60;
  const below = (n) => { state = (state * 1103515245 + 12345) & 0x7fffffff; return Math.floor(state / 65536) % n; };
  const pin = (key, more = {}) => ({ id: key, key, type: 'text', ...more });
  const hidden = { group: 'context', meta: { forceHide: true } };
  const from = (scope) => {
    const [card, output] = scope[below(scope.length)];
    return { card, output, ...(below(3) ? {} : { path: ['m', 'a b', '1'].slice(0, 1 + below(3)) }), ...(below(3) ? {} : { convert: ['parse', 'stringify', 'toString', 'wrapArray'][below(4)] }), ...(below(6) ? {} : { wrap: true }) };
  };
  const given = (scope) => (below(2) ? { from: from(scope) } : below(3) ? { value: ['x', 1, null, { a: [1] }, ''][below(5)] } : {});
  const lane = (name, scope, depth) => {
    const inner = [...scope], cards = below(4) ? row(inner, depth + 1) : [];
    return { name, cards, results: ['v', 'z'].filter(() => below(5)).map((output) => ({ output, ...given(inner) })) };
  };
  const inline = (name, depth) => {
    const h = `h${++no}`, inner = [[h, 'cap']];
    return { name, inline: true, cards: [{ id: h, card: 'control:callable', inputs: [pin('cap', hidden)], outputs: [pin('cap', hidden)] }, ...row(inner, depth + 1), { id: `r${++no}`, card: 'control:return', inputs: [pin('v', given(inner))], outputs: [] }] };
  };
  const one = (scope, depth) => {
    const id = `c${++no}`, kind = depth > 4 ? 0 : below(10);
    if (kind < 5) return { id, card: ['control:let', 'string:concat', 'object:construct', 'acme:thing'][below(4)], title: `Card ${id}`, ...(below(4) ? {} : { note: 'Why' }), inputs: [pin('v', given(scope)), pin('w', { group: 'g', ...given(scope) })], outputs: [pin('v'), pin('o')] };
    if (kind < 6) return { id, card: 'control:comment', title: 'Say', note: '**so**', inputs: [], outputs: [] };
    if (kind < 9) return { id, card: 'control:if', inputs: [pin('left-operand', given(scope)), pin('operator', { value: '==' }), pin('right-operand', given(scope))], outputs: [pin('result', { type: 'boolean' }), pin('v'), pin('z')], lanes: ['true', 'false'].map((name) => lane(name, scope, depth)) };
    return { id, card: 'control:tryCatch', inputs: [pin('cap', { ...hidden, from: from(scope) })], outputs: [pin('v')], lanes: ['try', 'handler'].map((name) => inline(name, depth)) };
  };
  const row = (scope, depth) => {
    const cards = [];
    for (let i = 1 + below(4); i > 0 && left-- > 0; i--) {
      const card = one(scope, depth);
      cards.push(card);
      scope.push(...card.outputs.map((o) => [card.id, o.id]));
    }
    return cards;
  };
  const scope = [['start', 'v'], ['start', 'x']];
  return [{ id: 'start', card: 'control:callable', inputs: [], outputs: [pin('v'), pin('x')] }, ...row(scope, 0), ...row(scope, 0), ...row(scope, 0)];
}

/** What a row of cards says, with keys in the place of the ids of outputs; a flow field holds what a lane says already. */
function meaning(cards) {
  const keys = new Map();
  const note = (row) => row.forEach((c) => { for (const o of c.outputs) keys.set(`${c.id}/${o.id}`, o.key); for (const l of c.lanes ?? []) note(l.cards); });
  note(cards);
  const value = (p) => (p?.from ? { card: p.from.card, output: keys.get(`${p.from.card}/${p.from.output}`), path: p.from.path ?? [], convert: p.from.convert ?? null, wrap: p.from.wrap ?? false } : { value: p?.value ?? null });
  const read = (row) => row.map((c) => ({
    id: c.id, card: c.card, title: c.title ?? null, note: c.note ?? null,
    inputs: c.inputs.filter((p) => p.key !== 'flo').map((p) => [p.group ?? null, p.key, p.type, value(p)]), outputs: c.outputs.map((o) => [o.group ?? null, o.key, o.type]),
    lanes: (c.lanes ?? []).map((l) => [l.name, l.inline ?? false, read(l.cards), l.inline ? [] : c.outputs.filter((o) => o.key !== 'result').map((o) => [o.key, value(l.results?.find((r) => r.output === o.id))])]),
  }));
  return read(cards);
}

test('flows drawn here are the same after export and import, whatever their branches give', async () => {
  const home = await admin.post(`${N}/folders`, { name: 'Drawn' });
  for (let seed = 1; seed <= 80; seed++) {
    const made = await admin.post(`${N}/flows`, { name: `Flow ${seed}`, folderId: home.id, cards: draw(seed * 7919) });
    const file = await admin.get(`${N}/flows/${made.id}/export`);
    const taken = await admin.raw('POST', `${N}/flows/import?folderId=${home.id}`, { body: JSON.stringify(file) });
    assert.equal(taken.status, 201, `seed ${seed}: ${taken.text.slice(0, 600)}`);
    const [before, after] = [await admin.get(`${N}/flows/${made.id}`), await admin.get(`${N}/flows/${taken.json.flows[0].id}`)];
    assert.deepEqual(meaning(after.cards), meaning(before.cards), `seed ${seed}`);
  }
});
