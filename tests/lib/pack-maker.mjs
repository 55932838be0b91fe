// Makes small export files by hand, card by card (flopack.md), for tests of what the importer says to each rule.
export const kernel = (name, version = '0.0.1') => `root:kernel:${name.split(':')[0]}:${version}:${name.split(':')[1]}`;
export const channel = (name, version = '1.2.3') => `root:channels:http:${name.split(':')[0]}:${version}:${name.split(':')[1]}`;

const MIRRORED = /:(callable|let|return|returnRaw|throw|accept|delegated)$/;
/** A field; o: group, type, list, flags, index, meta */
export const field = (id, key, data = '', o = {}) => ({ id, group: o.group ?? null, key, flags: o.flags ?? 'd', required: false, ref: false,
  value: { type: o.type ?? 'string', collection: o.list ?? false, data }, metadata: { index: o.index ?? 0, displayname: key, ...o.meta } });
const byId = (fields) => Object.fromEntries(fields.map((f, i) => [f.id, { ...f, metadata: { ...f.metadata, index: f.metadata.index || i } }]));
/** o: name, displayed, config, policy, branches, joins */
export const method = (uuid, address, inputs = [], outputs = [], o = {}) => ({ uuid, address, parents: {}, pins: {}, joins: o.joins ?? {}, branches: o.branches ?? {},
  node: { key: address.split(':').at(-1), data: {}, model: { key: address.split(':').at(-1), displayed: o.displayed ?? true, mirrored: MIRRORED.test(address), config: o.config ?? null, policy: o.policy ?? { error: { type: 'finish' } },
    metadata: { name: o.name ?? `Card ${uuid}` }, inputs: { data: byId(inputs) }, outputs: { data: byId(outputs) } } } });
export const join = (from, output, to, input, transform = null) => { ((from.pins[output] ??= {})[to.uuid] ??= []).push({ input, transform }); };
export const chain = (...uuids) => Object.fromEntries(uuids.slice(1).map((u, i) => [`${uuids[i]} ${u}`, [uuids[i], u]]));
export const flow = (id, name, methods, orderings, data = {}) => ({ id, name, description: '', data: { id: null, uuid: id, group: 'g', methods, orderings, scheduled: false, cron: {}, security_level: null, display: { isCallable: true }, log: true, ...data } });
export const pack = (flows, data = {}) => ({ type: 'flopack', version: '1.5.0', created: '2026-01-01T00:00:00.000Z', flags: {},
  data: { flos: Object.fromEntries(flows.map((f) => [f.id, f])), configs: {}, tables: {}, groups: { g: { id: 'g', data: { name: 'Group', description: '', media_uri: '', path: '' } } }, ...data } });
export const head = (uuid, ...keys) => method(uuid, kernel('control:callable'), keys.map((k) => field(`${uuid}-in-${k}`, k)), keys.map((k) => field(`${uuid}-${k}`, k)), { name: 'Helper Flow' });
/** An Assign card with one field v */
export const assign = (uuid, value = '') => method(uuid, kernel('control:let'), [field(`${uuid}-in`, 'v', value)], [field(`${uuid}-out`, 'v')]);
export const body = (methods, orderings = chain(...methods.map((m) => m.uuid))) => ({ methods, orderings });
export const tryCatch = (uuid, inner, o = {}) => method(uuid, kernel('control:tryCatch'), [field(`${uuid}-flo`, 'flo', inner, { type: 'flo' })], [], { name: 'If Error', ...o });
/** If/Else as its four cards: the card, both anchors, the join with one field v */
export const ifElse = (u) => [
  method(u, kernel('control:if'), [field(`${u}-l`, 'left-operand', '1'), field(`${u}-o`, 'operator', '=='), field(`${u}-r`, 'right-operand', '1')], [field(`${u}-res`, 'result', null, { type: 'boolean' })], { branches: { [`${u}-T`]: true, [`${u}-F`]: false }, name: 'If/Else' }),
  method(`${u}-T`, kernel('control:noop'), [], [], { displayed: false, name: 'Noop' }), method(`${u}-F`, kernel('control:noop'), [], [], { displayed: false, name: 'Noop' }),
  method(`${u}-J`, kernel('control:join'), [field(`${u}-ji`, 'v')], [field(`${u}-jo`, 'v')], { joins: { [`${u}-ji`]: [{ output: `${u}-jo`, transform: null }] }, name: 'Join' })];
/** The edges of an If/Else with these cards in its lanes */
export const lanes = (u, t = [], f = []) => {
  const lane = (anchor, cards) => ({ ...chain(anchor, ...cards), ...Object.assign({}, ...[anchor, ...cards].map((c) => chain(c, `${u}-J`))) });
  return { ...lane(`${u}-T`, t), ...lane(`${u}-F`, f) };
};
/** head h with the field x, Assign a that takes it */
export const simple = () => {
  const h = head('h', 'x'), a = assign('a');
  join(h, 'h-x', a, 'a-in');
  return pack([flow('f', 'Simple', [h, a], chain('h', 'a'))]);
};
