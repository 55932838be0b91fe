/* Cards of tables in the designer: the fields a chosen table gives a card, and the conditions of a search. A condition's value
   comes from a field of the hidden group "_expr", named by the condition (flopack.md 14); values written into an expression by an
   import stay as they are until the condition is changed. */
import type { Card, CardType, DataTable, InputPin, Pin } from '../api/types';

export const RUNTIME = 'runtime';
const FIELDS = 'Fields';
const EXPR = '_expr';

/** which sides of a card take the columns of its table */
function sidesOf(card: string): { inputs: boolean; outputs: boolean } {
  const method = card.split(':')[1] ?? '';
  return { inputs: method === 'createRow' || method === 'updateRow', outputs: method === 'readRow' || method === 'searchRows2' };
}
function fieldsFor<T extends Pin>(pins: readonly T[], table: DataTable, own: (p: Pin) => T): T[] {
  const there = new Map(pins.filter((p) => p.group === FIELDS).map((p) => [p.key, p]));
  const others = pins.filter((p) => p.group !== FIELDS);
  const columns = table.columns.map((c) => there.get(c.name) ?? own({ id: `Fields.${c.id}`, group: FIELDS, key: c.name, label: c.name, type: c.type }));
  // what was filled or linked stays, though the table has no such column: it is told as a problem rather than lost
  const rest = [...there.values()].filter((p) => !table.columns.some((c) => c.name === p.key) && ((p as unknown as InputPin).from || (p as unknown as InputPin).value));
  const ids = new Set<string>();
  return [...others, ...columns, ...rest].map((p) => {
    let id = p.id;
    for (let n = 2; ids.has(id); n++) id = `${p.id}_${n}`;
    ids.add(id);
    return id === p.id ? p : { ...p, id };
  });
}
export function withTable(card: Card, _type: CardType, id: string, table: DataTable | null): Card {
  const sides = sidesOf(card.card);
  return {
    ...card,
    options: { ...card.options, stash: id },
    inputs: table && sides.inputs ? fieldsFor(card.inputs, table, (p) => ({ ...p, custom: true }) as InputPin) : card.inputs,
    outputs: table && sides.outputs ? fieldsFor(card.outputs, table, (p) => p) : card.outputs,
  };
}

interface Stored {
  lhs: string;
  op: string;
  join?: string;
  rhs?: unknown;
  rhd?: { methodId?: string; outputId?: string };
}
export interface Term {
  lhs: string;
  op: string;
  join: string;
  /** text of a value that stands in the expression itself */
  fixed?: string;
}
const whereOf = (card: Card): InputPin | undefined => card.inputs.find((p) => p.key === 'Where Expression');
function storedOf(card: Card): Stored[] {
  const v = whereOf(card)?.value as { expr?: Stored[] } | undefined;
  return Array.isArray(v?.expr) ? v.expr : [];
}
export function termsOf(card: Card): Term[] {
  return storedOf(card).map((e) => ({ lhs: e.lhs, op: e.op, join: e.join === 'OR' ? 'OR' : 'AND', ...(e.rhd ? {} : { fixed: typeof e.rhs === 'string' ? e.rhs : JSON.stringify(e.rhs ?? null) }) }));
}
function put(card: Card, expr: Stored[], inputs: InputPin[] = card.inputs): Card {
  return { ...card, inputs: inputs.map((p) => (p.key === 'Where Expression' ? { ...p, value: expr.length ? { expr } : undefined } : p)) };
}
const typeOf = (table: DataTable | undefined, column: string): Pin['type'] => table?.columns.find((c) => c.name === column)?.type ?? (column === 'Created' || column === 'Updated' ? 'date' : 'text');
function freeKey(card: Card): string {
  const used = new Set(card.inputs.filter((p) => p.group === EXPR).map((p) => p.key));
  let n = 1;
  while (used.has(`value${n}`)) n++;
  return `value${n}`;
}
/** a new condition on the first column, with an empty field for its value */
export function addTerm(card: Card, table: DataTable): Card {
  const lhs = table.columns[0]?.name ?? 'Row ID';
  const key = freeKey(card);
  const pin: InputPin = { id: `_expr.${key}`, group: EXPR, key, label: lhs, type: typeOf(table, lhs), custom: true };
  return put({ ...card, inputs: [...card.inputs, pin] }, [...storedOf(card), { lhs, op: '=', join: 'AND', rhd: { methodId: card.id, outputId: key } }]);
}
export function changeTerm(card: Card, i: number, by: Partial<Term>, table?: DataTable): Card {
  const list = storedOf(card);
  const old = list[i];
  if (!old) return card;
  const next = list.map((e, k) => (k === i ? { ...e, ...by } : e));
  const key = old.rhd?.outputId;
  const inputs = by.lhs && key ? card.inputs.map((p) => (p.group === EXPR && p.key === key ? { ...p, label: by.lhs as string, type: typeOf(table, by.lhs as string) } : p)) : card.inputs;
  return put(card, next, inputs);
}
export function dropTerm(card: Card, i: number): Card {
  const list = storedOf(card);
  const key = list[i]?.rhd?.outputId;
  const rest = list.filter((_, k) => k !== i);
  const shared = rest.some((e) => e.rhd?.outputId === key);
  return put(card, rest, key && !shared ? card.inputs.filter((p) => !(p.group === EXPR && p.key === key)) : card.inputs);
}
