/* What happens when a card fails (workflows.md 11.1): it may run again, then the flow stops in any case, having handed values to
   its caller or started a helper flow, when its author said so. The card keeps it as export files do. */
import type { Card, CardType, InputPin } from '../api/types';
import { changeCard, findCard } from './cards';

export type Then = 'finish' | 'return' | 'flo';
export interface Policy { then: Then; flo: string; retry: number; delay: number /* seconds */; limitsOnly: boolean; message: string }
export const RETRY_MAX = 5, DELAY_MAX = 86400, DELAY_DEFAULT = 300;
const MESSAGE = 'message';

/** the field that is handed back: one that the card does not take itself */
const messagePin = (card: Card, type?: CardType): InputPin | undefined => card.inputs.find((p) => p.key === MESSAGE && !p.group && !type?.inputs.some((x) => x.key === MESSAGE && !x.group));

export function policyOf(card: Card, type?: CardType): Policy {
  const p = card.policy ?? {};
  const ms = Array.isArray(p.delay) ? p.delay[0] : p.delay;
  const value = messagePin(card, type)?.value;
  return {
    then: p.type === 'flo' || p.type === 'return' ? p.type : 'finish', flo: p.type === 'flo' && typeof p.flo === 'string' ? p.flo : '',
    retry: Math.min(RETRY_MAX, Math.max(0, Number(p.retry) || 0)), delay: typeof ms === 'number' ? Math.round(ms / 1000) : DELAY_DEFAULT,
    limitsOnly: p.retryCondition === 'ratelimits', message: typeof value === 'string' ? value : '',
  };
}
export const hasPolicy = (card: Card): boolean => { const p = policyOf(card); return p.then !== 'finish' || p.retry > 0; };

/** What is not changed stays as it is, also what this screen does not know: numbers of an export, arguments of the helper flow. */
export function setPolicy(cards: Card[], cardId: string, type: CardType | undefined, p: Policy): Card[] {
  const card = findCard(cards, cardId);
  const old = card && policyOf(card, type);
  if (!old || (Object.keys(old) as (keyof Policy)[]).every((k) => old[k] === p[k])) return cards;
  return changeCard(cards, cardId, (c) => ({ ...c, policy: changed(c.policy ?? {}, old, p), inputs: handedBack(c, type, old, p) }));
}
function changed(before: NonNullable<Card['policy']>, old: Policy, p: Policy): NonNullable<Card['policy']> {
  const next: NonNullable<Card['policy']> = { ...before, type: p.then };
  if (old.then === 'flo' && p.then !== 'flo') delete next.flo;
  if (p.then === 'flo') next.flo = p.flo;
  if (p.retry > 0 && p.retry !== old.retry) next.retry = p.retry;
  // two numbers of an export, to choose between, stay until somebody writes another first one
  if (p.retry > 0 && (next.delay === undefined || p.delay !== old.delay)) next.delay = p.delay * 1000;
  if (p.retry > 0 && p.limitsOnly) next.retryCondition = 'ratelimits';
  if (p.retry === 0 ? old.retry > 0 : !p.limitsOnly) delete next.retryCondition;
  if (p.retry === 0 && old.retry > 0) {
    delete next.retry;
    delete next.delay;
  }
  return next;
}
/** the message goes with the choice to hand it back; a field of this name that another choice needs stays */
function handedBack(c: Card, type: CardType | undefined, old: Policy, p: Policy): InputPin[] {
  const pin = messagePin(c, type);
  if (p.then !== 'return') return old.then === 'return' ? c.inputs.filter((x) => x !== pin || x.from) : c.inputs;
  const made: InputPin = { ...(pin ?? { id: `${MESSAGE}_handed_back`, key: MESSAGE, label: MESSAGE, type: 'text', custom: true }), ...(pin?.from ? {} : { value: p.message }) };
  return pin ? c.inputs.map((x) => (x === pin ? made : x)) : [...c.inputs, made];
}
