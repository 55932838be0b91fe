import { expect, test } from 'vitest';
import type { Card, RunCard } from '../api/types';
import { laneTaken, runView, sayMicros, showValue, sourceName } from './runView';

const card = (id: string, o: Partial<Card> = {}): Card => ({ id, card: 'x:y', inputs: [], outputs: [], ...o });
const entry = (cardId: string, o: Partial<RunCard> = {}): RunCard => ({ cardId, card: 'x:y', title: cardId, status: 'SUCCEEDED', startedAt: '', durationUs: 5, inputs: null, outputs: null, error: null, ...o });
const cards = [
  card('start'),
  card('if', { outputs: [{ id: 'r', key: 'result', label: 'result', type: 'boolean' }], lanes: [{ name: 'true', cards: [card('yes')] }, { name: 'false', cards: [card('no'), card('inner', { lanes: [{ name: 'true', cards: [card('deep')] }] })] }] }),
  card('last'),
];
const fates = (data: RunCard[], status: 'RUNNING' | 'FAILED' | 'SUCCEEDED' | 'STOPPED', cardId: string | null = null) =>
  Object.fromEntries([...runView(cards, data, { status, error: cardId ? { message: 'm', code: null, cardId, cardTitle: null } : null })].map(([k, v]) => [k, v.fate]));

test('a finished run marks what was done and skips the lane that was not taken, with everything inside', () => {
  const data = [entry('start'), entry('if', { outputs: { r: true } }), entry('yes'), entry('last')];
  expect(fates(data, 'SUCCEEDED')).toEqual({ start: 'done', if: 'done', yes: 'done', no: 'skipped', inner: 'skipped', deep: 'skipped', last: 'done' });
  expect(laneTaken(cards[1] as Card, data)).toBe('true');
});
test('after a failure the rest was not reached', () => {
  const data = [entry('start'), entry('if', { outputs: { r: false } }), entry('no', { status: 'FAILED', error: { message: 'm', code: 404 } })];
  expect(fates(data, 'FAILED', 'no')).toEqual({ start: 'done', if: 'done', yes: 'skipped', no: 'failed', inner: 'notReached', deep: 'notReached', last: 'notReached' });
});
test('without kept values the taken lane is the one in which something happened', () => {
  expect(laneTaken(cards[1] as Card, [entry('if'), entry('no')])).toBe('false');
  expect(laneTaken(cards[1] as Card, [])).toBeNull();
});
test('while it runs the first card without an entry is the one at work', () => {
  expect(fates([entry('start')], 'RUNNING')).toMatchObject({ start: 'done', if: 'running', yes: 'ahead', last: 'ahead' });
  expect(fates([], 'RUNNING')).toMatchObject({ start: 'running', if: 'ahead' });
});
test('values are shown by their shape', () => {
  expect(showValue(null)).toEqual({ kind: 'empty' });
  expect(showValue(false)).toEqual({ kind: 'text', text: 'false', long: false });
  expect(showValue(['a', 'b'])).toEqual({ kind: 'text', text: 'a, b', long: false });
  expect(showValue({ a: 1, b: 2 })).toMatchObject({ kind: 'tree', count: 2, list: false });
  expect(showValue('x'.repeat(300))).toMatchObject({ long: true });
});
test('a source is named by number and output, and a length of time by its unit', () => {
  const one = card('one', { outputs: [{ id: 'o', key: 'email', label: 'Email', type: 'text' }] });
  expect(sourceName([one], new Map([['one', 3]]), { card: 'one', output: 'o', path: ['a'] })).toEqual({ no: 3, name: 'Email › a' });
  expect(sourceName([one], new Map(), { card: 'gone', output: 'o' })).toBeNull();
  const words = { ms: (n: string) => `${n} ms`, seconds: (n: string) => `${n} s` };
  expect([40, 900, 3200, 41_000, 1_830_000].map((us) => sayMicros(us, 'en-GB', words))).toEqual(['0 ms', '0.9 ms', '3.2 ms', '41 ms', '1.8 s']);
});
