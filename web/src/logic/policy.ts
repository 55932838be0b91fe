/* What happens when a card fails (workflows.md 11.1): it may run again, then the flow stops in any case, having handed values to
   its caller or started a helper flow, when its author said so. The card keeps it as export files do. */
import type { Card, CardType, InputPin } from '../api/types';
import { changeCard } from './cards';

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

export function setPolicy(cards: readonly Card[], cardId: string, type: CardType | undefined, p: Policy): Card[] {
  return changeCard(cards, cardId, (c) => {
    const pin = messagePin(c, type), before = c.policy ?? {};
    const rest = c.inputs.filter((x) => x !== pin || x.from);
    const policy = {
      type: p.then, ...(p.then === 'flo' ? { flo: p.flo } : {}),
      // two numbers of an export, to choose between, stay until somebody writes another first one
      ...(p.retry > 0 ? { retry: p.retry, delay: Array.isArray(before.delay) && before.delay[0] === p.delay * 1000 ? before.delay : p.delay * 1000 } : {}),
      ...(p.retry > 0 && p.limitsOnly ? { retryCondition: 'ratelimits' } : {}),
    };
    if (p.then !== 'return') return { ...c, policy, inputs: rest };
    const made: InputPin = { ...(pin ?? { id: `${MESSAGE}_handed_back`, key: MESSAGE, label: MESSAGE, type: 'text', custom: true }), ...(pin?.from ? {} : { value: p.message }) };
    return { ...c, policy, inputs: [...c.inputs.filter((x) => x !== pin), made] };
  });
}
