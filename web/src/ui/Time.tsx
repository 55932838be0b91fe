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
/** `plain` inside links and rows, where the row is the thing to focus; `inline` in the middle of a sentence */
export function Time({ at, due, plain, inline }: { at: Instant | null | undefined; due?: boolean; plain?: boolean; inline?: boolean }) {
  const clock = useClock();
  if (!at) return null;
  const abs = absolute(at, clock);
  const said = due ? sayDue(at, clock) : sayPast(at, clock);
  const text = inline && t.time.capitals.some((w) => said.startsWith(w)) ? said.charAt(0).toLowerCase() + said.slice(1) : said;
  if (plain) return <time dateTime={at} title={abs}>{text}</time>;
  return <time className="time" dateTime={at} tabIndex={0} data-abs={abs}>{text}<span className="vh">, {abs}</span></time>;
}
