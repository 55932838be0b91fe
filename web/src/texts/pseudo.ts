/* A language for tests: English with accents and a third more length. Plain letters or cut words on a screen show a text
   that is not in the catalogue or a place that is too narrow. */
import { en, type Texts } from './en';

const accents: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú', c: 'ç', n: 'ñ' };
export function lengthen(s: string): string {
  const shown = [...s].map((c) => accents[c] ?? c).join('');
  return `⟦${shown}${'·'.repeat(Math.ceil(s.length / 3))}⟧`;
}
function turn(v: unknown): unknown {
  if (typeof v === 'string') return lengthen(v);
  if (typeof v === 'function') return (...a: unknown[]) => turn((v as (...x: unknown[]) => unknown)(...a));
  if (Array.isArray(v)) return v.map(turn);
  if (v && typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, turn(x)]));
  return v;
}
export const pseudo = turn(en) as Texts;
