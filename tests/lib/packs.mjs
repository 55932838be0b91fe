// Compares two export files by what a flow is (flopack.md): the same flows with the same cards, order, links and values, under other ids.

/** Every body of a flow with its place: the drawn flow, and what stands inside cards. */
export function* bodies(data, place = '') {
  yield [place, data];
  for (const m of data.methods) {
    const { model } = m.node;
    for (const p of Object.values(model.inputs.data)) {
      const inner = p.value?.type === 'flo' ? (p.value.data?.methods ? p.value.data : p.value.data?.data) : undefined;
      if (inner?.methods) yield* bodies(inner, `${place}/${m.uuid}:${p.group ?? ''}.${p.key}`);
    }
    const flo = model.policy?.error?.flo;
    const handler = flo?.methods ? flo : flo?.data;
    if (handler?.methods) yield* bodies(handler, `${place}/${m.uuid}:handler`);
  }
}
const isExpand = (m) => m.address === 'root:kernel:object:0.0.1:expand';
const byId = (body) => new Map(body.methods.map((m) => [m.uuid, m]));

/** Pairs "a>b" of the order, without what means nothing: edges to itself, to hidden readers, and twice the same. */
export function order(body) {
  const cards = byId(body);
  const real = ([a, b]) => a !== b && !isExpand(cards.get(a)) && !isExpand(cards.get(b));
  return [...new Set(Object.values(body.orderings).filter(real).map(([a, b]) => `${a}>${b}`))].sort();
}

/** Links as texts, with hidden readers of members replaced by paths. */
export function links(body) {
  const cards = byId(body);
  const all = body.methods.flatMap((m) => Object.entries(m.pins ?? {}).flatMap(([output, targets]) => Object.entries(targets).flatMap(([card, list]) =>
    list.map(({ input, transform, lane }) => ({ from: m.uuid, output, card, input, lane, how: Object.values(transform ?? {})[0] })))));
  const source = (from, output) => {
    const m = cards.get(from);
    if (!isExpand(m)) return [from, output, []];
    const value = m.node.model.outputs.data[output];
    const into = all.find((l) => l.card === from);
    const [f, o, path] = source(into.from, into.output);
    const key = Object.values(m.node.model.outputs.data).find((p) => p.key === 'key' && p.group === value.group);
    return [f, o, [...path, ...(value.metadata.path ?? key.value.data)]];
  };
  return all.filter((l) => !isExpand(cards.get(l.card)))
    .map((l) => JSON.stringify([...source(l.from, l.output), l.card, l.input, l.how ? [l.how.convert ?? '', l.how.forceWrapArray === true] : null, l.lane ?? null])).sort();
}

const pinOf = (p, input) => {
  const { index: _index, srcMethodId: _m, srcOutputId: _o, ...metadata } = p.metadata ?? {};
  const { type, collection, data, proxy, lanes } = p.value;
  const inner = type === 'flo' && data !== null && typeof data === 'object';
  return { id: p.id, group: p.group ?? null, key: p.key, type, collection: collection === true, metadata,
    ...(input ? { data: inner ? 'a body' : data ?? null, proxy: proxy || null, ...(lanes ? { lanes } : {}), required: p.required === true, flags: p.flags } : {}) };
};
const inOrder = (pins, input) => Object.values(pins.data).sort((a, b) => (a.metadata.index ?? 0) - (b.metadata.index ?? 0)).map((p) => pinOf(p, input))
  .sort((a, b) => String(a.group).localeCompare(String(b.group))); // the order counts within a group
const cardOf = (m) => {
  const { model } = m.node;
  const policy = { ...model.policy?.error };
  if (policy.flo !== null && typeof policy.flo === 'object') policy.flo = 'a body';
  const stale = Object.entries(m.joins ?? {}).filter(([, l]) => l.length > 0).map(([k, l]) => [k, l.map((x) => x.output)]).sort();
  return { uuid: m.uuid, address: m.address, name: model.metadata.name, comments: model.comments || null, timeout: (!isExpand(m) && model.timeout) || null, displayed: model.displayed, mirrored: model.mirrored,
    policy, branches: m.branches, joins: stale, inputs: inOrder(model.inputs, true), outputs: inOrder(model.outputs, false) };
};
const sorted = (o) => (Array.isArray(o) ? o.map(sorted) : o !== null && typeof o === 'object' ? Object.fromEntries(Object.keys(o).sort().map((k) => [k, sorted(o[k])])) : o);

/** What a pack says, with names in the place of ids. */
export function said(pack) {
  const { flos, tables, groups, configs } = pack.data;
  const names = new Map([...Object.values(flos).map((f) => [f.id, `flow ${f.name}`]), ...Object.values(tables).map((t) => [t.id, `table ${t.name}`]),
    ...Object.values(groups).map((g) => [g.id, `folder ${g.data.name}`]), ...Object.values(configs).map((c) => [c.id, `connection ${c.name}`])]);
  const named = (o) => (typeof o === 'string' ? names.get(o) ?? o : Array.isArray(o) ? o.map(named) : o !== null && typeof o === 'object' ? Object.fromEntries(Object.entries(o).map(([k, v]) => [k, named(v)])) : o);
  const flows = Object.values(flos).map((f) => ({
    name: f.name, description: f.description ?? '', scheduled: f.data.scheduled === true, cron: f.data.cron ?? {}, security: f.data.security_level ?? null, log: f.data.log !== false,
    callable: f.data.display?.isCallable === true, folder: names.get(f.data.group) ?? null,
    bodies: [...bodies(f.data)].map(([place, body]) => ({ place, cards: body.methods.filter((m) => !isExpand(m)).map(cardOf).sort((a, b) => (a.uuid < b.uuid ? -1 : 1)), order: order(body), links: links(body) }))
      .sort((a, b) => (a.place < b.place ? -1 : 1)),
  }));
  return sorted(named({
    flows: flows.sort((a, b) => (JSON.stringify(named(a)) < JSON.stringify(named(b)) ? -1 : 1)),
    tables: Object.values(tables).map((t) => ({ name: t.name, description: t.description ?? '', columns: t.data.structure.map(({ name, type, default: d }) => ({ name, type, default: d ?? '' })) })).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  }));
}

/** Where everything lies and what it is connected to, with names in the place of ids: folders, tables in them, connections of cards. */
export function places(pack) {
  const { flos, tables, groups, configs } = pack.data;
  const way = (id) => { const g = groups?.[id]; return g ? [...(g.data.path || '').split('.').filter((x) => groups[x]), id].map((x) => groups[x].data.name) : []; };
  const wanted = (m) => { const c = configs?.[m.node.model.config]; return c ? [[m.uuid, c.name, c.module.replace(/_[0-9a-f]{32}$/, '')]] : []; };
  const list = (o, fn) => Object.values(o ?? {}).map(fn).map((x) => JSON.stringify(x)).sort();
  return {
    folders: list(groups, (g) => [way(g.id), g.data.description ?? '']),
    tables: list(tables, (t) => [t.name, way(t.data.group_id)]),
    flows: list(flos, (f) => [f.name, way(f.data.group), [...bodies(f.data)].flatMap(([, b]) => b.methods.flatMap(wanted)).sort()]),
  };
}
