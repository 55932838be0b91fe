// Builds flow definitions from the card table (GET /reeve/api/v1/cards), as the designer does.

/** card(name, id, {title, add: [{key, label, type, required}], set: {key: value} (or 'group/key'), link: {key: 'card.output' or 'card.output/member/member'}, lanes: {name: [cards]}}) */
export async function cardMaker(client) {
  const types = (await client.get('/reeve/api/v1/cards')).data;
  return (name, id, { title, add = [], set = {}, link = {}, lanes = {}, connectionId, options } = {}) => {
    const t = types.find((x) => x.card === name);
    if (!t) throw new Error(`the card table has no ${name}`);
    const pinId = (p, side) => `${side}_${p.group ? `${p.group}_` : ''}${p.key}`.replaceAll(/[^A-Za-z0-9_]/g, '_');
    const inputs = t.inputs.map((p) => ({ ...p, id: pinId(p, 'i') }));
    const outputs = t.outputs.map((p) => ({ ...p, id: pinId(p, 'o') }));
    for (const p of add) {
      const pin = { group: t.userGroup ?? undefined, type: 'text', label: p.key, ...p };
      if (t.userPins !== 'outputs') inputs.push({ ...pin, id: pinId(pin, 'i') });
      if (t.userPins !== 'inputs') outputs.push({ ...pin, id: pinId(pin, 'o') });
    }
    const named = (key) => {
      const p = inputs.find((x) => x.key === key) ?? inputs.find((x) => `${x.group}/${x.key}` === key);
      if (!p) throw new Error(`${name} has no input ${key}; it has ${inputs.map((x) => x.key).join(', ')}`);
      return p;
    };
    for (const [key, value] of Object.entries(set)) named(key).value = value;
    for (const [key, text] of Object.entries(link)) {
      const [head, ...path] = text.split('/');
      const [card, output] = head.split('.');
      named(key).from = { card, output, ...(path.length > 0 ? { path } : {}) };
    }
    const c = { id, card: name, title: title ?? t.label, inputs, outputs };
    if (options) c.options = options;
    if (connectionId) c.connectionId = connectionId;
    if (t.lanes) c.lanes = t.lanes.map((l) => ({ name: l.name, label: l.label, cards: lanes[l.name] ?? [] }));
    return c;
  };
}
/** Links name outputs by key: replaces them by the id of the pin, once all cards are there. */
export function resolve(cards) {
  const all = new Map();
  const walk = (list, fn) => { for (const c of list) { fn(c); for (const l of c.lanes ?? []) walk(l.cards, fn); } };
  walk(cards, (c) => all.set(c.id, c));
  walk(cards, (c) => {
    for (const p of c.inputs) {
      if (!p.from) continue;
      const source = all.get(p.from.card);
      const out = source?.outputs.find((o) => o.key === p.from.output || o.id === p.from.output);
      if (!out) throw new Error(`${c.id}.${p.key}: no output ${p.from.output} on ${p.from.card}; it has ${source?.outputs.map((o) => o.key)}`);
      p.from = { ...p.from, output: out.id };
    }
  });
  return cards;
}
