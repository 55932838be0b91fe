/* React's side of logic/settled.ts. */
import { useEffect, useRef, useState } from 'react';
import { settle } from '../logic/settled';

/** view: name of the list; when it changes the rows are taken as they come */
export function useSettled<T>(rows: T[], keyOf: (row: T) => string, view: string, hold: boolean): { rows: T[]; fresh: number; show: () => void } {
  const [shown, setShown] = useState<{ view: string; keys: string[] }>({ view, keys: [] });
  const old = useRef(new Map<string, T>());
  const result = settle(shown.view === view ? shown.keys : [], rows, keyOf, hold, old.current);
  const next = result.rows.map(keyOf).join('\n');
  useEffect(() => {
    old.current = new Map(result.rows.map((r) => [keyOf(r), r]));
    if (shown.view !== view || shown.keys.join('\n') !== next) setShown({ view, keys: next ? next.split('\n') : [] });
  });
  return { ...result, show: () => setShown({ view, keys: rows.map(keyOf) }) };
}
