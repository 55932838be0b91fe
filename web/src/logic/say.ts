/* Conditions and answers as words. */
import type { Condition, Logic, Step } from '../api/types';
import { locale, t } from '../texts';
import { sayDay } from './time';

const isDay = (v: unknown): v is string => typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v);
/** a value of a condition or an answer, for people; `names` turns item ids into names */
export function sayValue(v: unknown, names: (value: string) => string = (x) => x): string {
  if (v === true) return t.yes;
  if (v === false) return t.no;
  if (v === null || v === undefined) return '';
  if (Array.isArray(v)) return v.map((x) => sayValue(x, names)).join(', ');
  if (isDay(v)) return sayDay(v, locale());
  if (typeof v === 'number') return new Intl.NumberFormat(locale()).format(v);
  return names(String(v));
}
export function sayCondition(c: Condition, steps: readonly Pick<Step, 'id' | 'text'>[], names?: (stepId: string, value: string) => string): { what: string; rest: string } {
  const what = steps.find((s) => s.id === c.stepId)?.text ?? c.stepId;
  const values = (c.values ?? (c.value === undefined ? [] : [c.value])).map((v) => sayValue(v, (x) => names?.(c.stepId, x) ?? x));
  const joined = c.op === 'IS_BETWEEN' ? values.join(` ${t.and} `) : values.join(', ');
  return { what, rest: [t.requests.ops[c.op] ?? c.op, joined].filter(Boolean).join(' ') };
}
export function sayLogic(logic: Logic | undefined, steps: readonly Pick<Step, 'id' | 'text'>[], names?: (stepId: string, value: string) => string): string {
  if (!logic?.conditions.length) return '';
  return logic.conditions
    .map((c) => sayCondition(c, steps, names))
    .map((x) => `${x.what} ${x.rest}`)
    .join(logic.match === 'ALL' ? ` ${t.and} ` : ` ${t.requests.or} `);
}
