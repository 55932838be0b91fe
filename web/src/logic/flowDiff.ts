/* What differs between two versions of a flow, card by card. */
import type { Card, InputPin } from '../api/types';
import { flat, placeOf } from './cards';

export interface FlowDiff {
  added: Card[];
  removed: Card[];
  changed: Card[];
  moved: Card[];
}
/** a card without the cards inside it */
function alone(c: Card): unknown {
  const { supported: _s, lanes, ...rest } = c;
  return { ...rest, ...(lanes ? { lanes: lanes.map(({ cards: _c, label: _l, ...l }) => l) } : {}) };
}
/** JSON with members in one order and without what is not set */
export function canonical(v: unknown): string {
  return JSON.stringify(v, (_, x: unknown) => (x && typeof x === 'object' && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).filter(([, y]) => y !== undefined && y !== null && y !== false).sort(([a], [b]) => (a < b ? -1 : 1))) : x));
}
export function diffFlows(before: readonly Card[], after: readonly Card[]): FlowDiff {
  const old = new Map(flat(before).map((c) => [c.id, c]));
  const now = flat(after);
  const ids = new Set(now.map((c) => c.id));
  const kept = now.filter((c) => old.has(c.id));
  // order among what both have; a card moved when its neighbours or its row changed
  const order = (cards: readonly Card[], keep: (id: string) => boolean): Map<string, string> => {
    const last = new Map<string, string>();
    const at = new Map<string, string>();
    for (const c of flat(cards)) {
      if (!keep(c.id)) continue;
      const p = placeOf(cards, c.id);
      const row = `${p?.parent ?? ''}/${p?.lane ?? ''}`;
      at.set(c.id, `${row}|${last.get(row) ?? ''}`);
      last.set(row, c.id);
    }
    return at;
  };
  const was = order(before, (id) => ids.has(id));
  const is = order(after, (id) => old.has(id));
  return {
    added: now.filter((c) => !old.has(c.id)),
    removed: [...old.values()].filter((c) => !ids.has(c.id)),
    changed: kept.filter((c) => canonical(alone(c)) !== canonical(alone(old.get(c.id) as Card))),
    moved: kept.filter((c) => was.get(c.id) !== is.get(c.id)),
  };
}
export function sameFlow(a: readonly Card[], b: readonly Card[]): boolean {
  return a === b || canonical(a.map(strip)) === canonical(b.map(strip));
}
function strip(c: Card): unknown {
  const { supported: _s, lanes, ...rest } = c;
  return { ...rest, ...(lanes ? { lanes: lanes.map(({ label: _l, ...l }) => ({ ...l, cards: l.cards.map(strip) })) } : {}) };
}

/** a field of a card in two versions: null where it was not there */
export interface FieldChange { label: string; was: InputPin | null; is: InputPin | null }
export type Part = 'title' | 'note' | 'connection' | 'options' | 'outputs' | 'failure' | 'schedule' | 'branches';
const PARTS: [Part, (c: Card) => unknown][] = [
  ['title', (c) => c.title], ['note', (c) => c.note], ['connection', (c) => c.connectionId], ['options', (c) => c.options], ['outputs', (c) => c.outputs], ['failure', (c) => c.policy], ['schedule', (c) => c.schedule],
  ['branches', (c) => c.lanes?.map(({ cards: _c, label: _l, ...l }) => l)],
];
/** what differs in one card, without the cards inside it */
export function changesOf(before: Card, after: Card): { fields: FieldChange[]; parts: Part[] } {
  const shown = (p: InputPin): boolean => p.meta?.forceHide !== true;
  const was = new Map(before.inputs.filter(shown).map((p) => [p.id, p]));
  const is = new Map(after.inputs.filter(shown).map((p) => [p.id, p]));
  const fields = [...new Set([...was.keys(), ...is.keys()])].map((id): FieldChange => ({ label: (is.get(id) ?? was.get(id))?.label || id, was: was.get(id) ?? null, is: is.get(id) ?? null }));
  return { fields: fields.filter((f) => canonical(f.was) !== canonical(f.is)), parts: PARTS.filter(([, of]) => canonical(of(before)) !== canonical(of(after))).map(([name]) => name) };
}
