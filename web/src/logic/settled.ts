/* A list that does not move under the pointer: rows keep their order and place while one looks; new rows are counted and
   shown on demand; rows that left go when nobody points at the list. */
export interface Settled<T> {
  rows: T[];
  /** rows that came since and are not shown yet */
  fresh: number;
}
/** shown: keys on the screen in their order; now: what the server says; old: rows as they were, for those that left */
export function settle<T>(shown: readonly string[], now: readonly T[], keyOf: (row: T) => string, hold: boolean, old: ReadonlyMap<string, T>): Settled<T> {
  const byKey = new Map(now.map((r) => [keyOf(r), r]));
  const wanted = withFurtherPages(shown, [...byKey.keys()]);
  const rows = wanted.flatMap((k) => {
    const row = byKey.get(k) ?? (hold ? old.get(k) : undefined);
    return row === undefined ? [] : [row];
  });
  const known = new Set(wanted);
  return { rows, fresh: now.filter((r) => !known.has(keyOf(r))).length };
}
/** what stands below the last known row is a further page: it moves nothing */
function withFurtherPages(shown: readonly string[], keys: readonly string[]): string[] {
  if (shown.length === 0) return [...keys];
  const known = new Set(shown);
  const last = keys.findLastIndex((k) => known.has(k));
  return last < 0 ? [...shown] : [...shown, ...keys.slice(last + 1)];
}
