/* Times: relative to read, absolute with the zone on focus and under the pointer. They move on by themselves. */
import { createContext, useContext, useEffect, useState } from 'react';
import type { Instant } from '../api/types';
import { absolute, type Clock, sayDue, sayPast } from '../logic/time';
import { locale, t } from '../texts';

export const ZoneContext = createContext('UTC');
let ticking = 0;
const tickers = new Set<() => void>();
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const run = (): void => setNow(Date.now());
    tickers.add(run);
    if (!ticking) ticking = window.setInterval(() => tickers.forEach((f) => f()), 20_000);
    return () => {
      tickers.delete(run);
      if (!tickers.size) {
        clearInterval(ticking);
        ticking = 0;
      }
    };
  }, []);
  return now;
}
export function useClock(): Clock {
  const zone = useContext(ZoneContext);
  return { now: useMinute(), zone, locale: locale(), words: t.time };
}
/** `plain` inside links and rows, where the row is the thing to focus */
export function Time({ at, due, plain }: { at: Instant | null | undefined; due?: boolean; plain?: boolean }) {
  const clock = useClock();
  if (!at) return null;
  const abs = absolute(at, clock);
  const text = due ? sayDue(at, clock) : sayPast(at, clock);
  if (plain) return <time dateTime={at} title={abs}>{text}</time>;
  return <time className="time" dateTime={at} tabIndex={0} data-abs={abs}>{text}<span className="vh">, {abs}</span></time>;
}
