/* A run laid over the flow that ran: what became of each card, which lane was taken, where values came from. */
import type { Card, PinFrom, Run, RunCard, RunStatus } from '../api/types';
import { originOf } from './bodies';
import { COMMENT, findCard, flat } from './cards';

export type CardFate = 'done' | 'failed' | 'stopped' | 'running' | 'skipped' | 'ahead' | 'notReached';
export interface CardRun {
  fate: CardFate;
  entry: RunCard | null;
}
export const ENDED: ReadonlySet<RunStatus> = new Set<RunStatus>(['SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED']);

const fates: Record<RunCard['status'], CardFate> = { SUCCEEDED: 'done', FAILED: 'failed', RUNNING: 'running', STOPPED: 'stopped', CANCELED: 'stopped', MARKED_DONE: 'done' };
/** the lane of a container that ran: as its result says, else where something happened; null: neither (yet) */
export function laneTaken(card: Card, data: readonly RunCard[]): string | null {
  const entry = data.find((e) => e.cardId === card.id);
  if (!entry) return null;
  const result = card.outputs.find((o) => o.key === 'result');
  const value = result ? entry.outputs?.[result.id] : undefined;
  if (typeof value === 'boolean') return String(value);
  return card.lanes?.find((l) => flat(l.cards).some((c) => data.some((e) => e.cardId === c.id)))?.name ?? null;
}
export function runView(cards: readonly Card[], data: readonly RunCard[], run: Pick<Run, 'status' | 'error'>): Map<string, CardRun> {
  const fate = new Map<string, CardRun>();
  const last = new Map(data.map((e) => [e.cardId, e]));
  const ended = ENDED.has(run.status);
  let over = false; // nothing after this happened
  let marked = false;
  const look = (list: readonly Card[], skipped: boolean): void => {
    for (const c of list) {
      if (c.card === COMMENT) continue;
      const entry = last.get(c.id) ?? null;
      if (entry) fate.set(c.id, { fate: fates[entry.status], entry });
      else if (run.error?.cardId === c.id) {
        fate.set(c.id, { fate: ended ? 'failed' : 'ahead', entry: null }); // it waits for a person or its next try
        marked = true;
      }
      else if (skipped) fate.set(c.id, { fate: 'skipped', entry: null });
      else if (ended) fate.set(c.id, { fate: 'notReached', entry: null });
      else {
        fate.set(c.id, { fate: marked || over ? 'ahead' : 'running', entry: null });
        marked = true;
      }
      const mine = fate.get(c.id)?.fate;
      if (mine === 'failed' || mine === 'stopped') over = true;
      const taken = c.lanes ? laneTaken(c, data) : null;
      for (const l of c.lanes ?? []) look(l.cards, skipped || (entry !== null && taken !== null && taken !== l.name) || mine === 'skipped');
    }
  };
  look(cards, false);
  return fate;
}
/** "from 1 requesterEmail" */
export function sourceName(cards: readonly Card[], numbers: ReadonlyMap<string, number>, from: PinFrom | undefined): { no: number; name: string } | null {
  if (!from) return null;
  const real = originOf(cards, from);
  const output = findCard(cards, real.card)?.outputs.find((o) => o.id === real.output);
  const no = numbers.get(real.card);
  return output && no ? { no, name: [output.label || output.key, ...(real.path ?? [])].join(' › ') } : null;
}
/** how a value of a card is shown */
export type Shown = { kind: 'empty' } | { kind: 'text'; text: string; long: boolean } | { kind: 'tree'; count: number; list: boolean; text: string };
export function showValue(v: unknown): Shown {
  if (v === null || v === undefined || v === '') return { kind: 'empty' };
  if (typeof v === 'object') {
    const list = Array.isArray(v);
    const count = list ? v.length : Object.keys(v).length;
    if (count === 0) return { kind: 'empty' };
    if (list && v.every((x) => typeof x === 'string' || typeof x === 'number') && JSON.stringify(v).length < 120) return { kind: 'text', text: v.join(', '), long: false };
    return { kind: 'tree', count, list, text: JSON.stringify(v, null, 2) };
  }
  const text = String(v);
  return { kind: 'text', text, long: text.length > 240 || text.split('\n').length > 6 };
}
/** "3 ms", "1.9 s": of microseconds */
export function sayMicros(us: number, locale: string, words: { ms: (n: string) => string; seconds: (n: string) => string }): string {
  const n = (x: number, digits: number): string => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(x);
  if (us < 1000) return words.ms(n(us / 1000, 1));
  return us < 1_000_000 ? words.ms(n(us / 1000, us < 10_000 ? 1 : 0)) : words.seconds(n(us / 1_000_000, us < 10_000_000 ? 1 : 0));
}
