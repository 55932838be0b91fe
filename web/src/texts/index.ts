/* The message catalogue. `t` holds the texts of the language in use; read it while rendering (never at the top of a
   module, where no language has been chosen yet). One file per area and language; German must have every text that
   English has, which the type of `de` enforces. Texts with values are functions. */
import type { Texts } from './en';

export type { Texts };
export type Language = 'en' | 'de' | 'pseudo';

export let t: Texts;
export let language: Language = 'en';

export async function useLanguage(wanted: Language): Promise<void> {
  if (wanted === 'de') t = (await import('./de')).de;
  else if (wanted === 'pseudo') t = (await import('./pseudo')).pseudo;
  else t = (await import('./en')).en;
  language = wanted;
  document.documentElement.lang = wanted === 'pseudo' ? 'en' : wanted;
}
/** for Intl: the language with the region whose date and number forms we write */
export function locale(): string {
  return language === 'de' ? 'de-DE' : 'en-GB';
}
/** what was chosen last on this device, else what the browser speaks */
export function guessLanguage(): Language {
  const kept = localStorage.getItem('reeve.language');
  if (kept === 'en' || kept === 'de' || kept === 'pseudo') return kept;
  return navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
}
/** chooses the form of a count: plural(n, 'request', 'requests') */
export function plural(n: number, one: string, other: string): string {
  return n === 1 ? one : other;
}
