/* Undo and redo. Changes with the same tag that follow each other shortly are one step (typing into a field). */
export interface History<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
  tag: string | null;
  at: number;
}
const TOGETHER_MS = 1500;
const DEPTH = 200;

export function startHistory<T>(now: T): History<T> {
  return { past: [], now, future: [], tag: null, at: 0 };
}
export function push<T>(h: History<T>, next: T, at: number, tag: string | null = null): History<T> {
  if (next === h.now) return h;
  const together = tag !== null && tag === h.tag && at - h.at < TOGETHER_MS && h.past.length > 0;
  return { past: together ? h.past : [...h.past, h.now].slice(-DEPTH), now: next, future: [], tag, at };
}
export function undo<T>(h: History<T>): History<T> {
  const last = h.past[h.past.length - 1];
  return last === undefined ? h : { past: h.past.slice(0, -1), now: last, future: [h.now, ...h.future], tag: null, at: 0 };
}
export function redo<T>(h: History<T>): History<T> {
  const [next, ...rest] = h.future;
  return next === undefined ? h : { past: [...h.past, h.now], now: next, future: rest, tag: null, at: 0 };
}
