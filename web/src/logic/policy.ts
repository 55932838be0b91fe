/* What happens when a card fails (workflows.md 11.1): it may run again, then the flow stops in any case, having handed values to
   its caller or started a helper flow, when its author said so. The card keeps it as export files do: the values, or the
   arguments of the helper flow, are fields of the card that it does not take itself. */
import type { Card, CardType, InputPin, Pin } from '../api/types';
import { BODY_HEAD, isBodyPin } from './bodies';
import { changeCard, COMMENT, findCard } from './cards';
import { isEmpty } from './mapping';

export type Then = 'finish' | 'return' | 'flo';
export interface Policy { then: Then; flo: string; retry: number; delay: number /* seconds */; limitsOnly: boolean }
export const RETRY_MAX = 5, DELAY_MAX = 86400, DELAY_DEFAULT = 300;
const MESSAGE = 'message', MADE = 'if_fails_';

export function policyOf(card: Card): Policy {
  const p = card.policy ?? {};
  const ms = Array.isArray(p.delay) ? p.delay[0] : p.delay;
  return {
    then: p.type === 'flo' || p.type === 'return' ? p.type : 'finish', flo: p.type === 'flo' && typeof p.flo === 'string' ? p.flo : '',
    retry: Math.min(RETRY_MAX, Math.max(0, Number(p.retry) || 0)), delay: typeof ms === 'number' ? Math.round(ms / 1000) : DELAY_DEFAULT,
    limitsOnly: p.retryCondition === 'ratelimits',
  };
}
export const hasPolicy = (card: Card): boolean => { const p = policyOf(card); return p.then !== 'finish' || p.retry > 0; };
/** an event has nothing to do that could fail, an If Error card has its handler, and what takes nothing in cannot go wrong */
export function mayFail(card: Card, type: CardType | undefined): boolean {
  if (card.card === COMMENT || card.card === BODY_HEAD || card.lanes?.some((l) => l.name === 'handler') || type?.kind === 'EVENT') return false;
  return type?.kind !== 'PURE' || card.inputs.length > 0 || type.userPins === 'inputs' || type.userPins === 'both';
}
/** only what reaches outside can go better the next time */
export const mayPass = (type: CardType | undefined): boolean => !type || type.kind === 'EFFECT' || type.inputs.some((p) => p.type === 'flow');

/* ---- fields ---------------------------------------------------------------------------------------------------- */

const declared = (type: CardType | undefined, key: string): boolean => Boolean(type?.inputs.some((p) => p.key === key && !p.group));
/** fields that authors add to the card itself look the same: they are handed over as well */
export const sharesFields = (type: CardType | undefined): boolean => Boolean(type?.userPins) && type?.userPins !== 'outputs' && !type?.userGroup;
const isMade = (pin: Pin): boolean => pin.id.startsWith(MADE) || pin.id === `${MESSAGE}_handed_back`;
/** can be a value to hand back, or an argument of the helper flow */
const isExtra = (card: Card, type: CardType | undefined, pin: InputPin): boolean => !pin.group && !declared(type, pin.key) && !isBodyPin(card, pin) && !pin.proxy;
/** belongs to the policy alone */
const isForFailure = (card: Card, type: CardType | undefined, pin: InputPin): boolean => isExtra(card, type, pin) && (sharesFields(type) ? isMade(pin) : Boolean(type) || isMade(pin) || pin.custom === true);
/** what the card shows in a part of its own */
export const failureFields = (card: Card, type: CardType | undefined): InputPin[] => (policyOf(card).then === 'finish' ? [] : card.inputs.filter((p) => isForFailure(card, type, p)));
/** what the dialog shows: values to hand back; or what the helper flow takes, and then what it does not */
export function fieldsFor(card: Card, type: CardType | undefined, then: Then, takes: readonly Pin[] | null): { pin: InputPin; taken: boolean; own: boolean }[] {
  if (then === 'finish') return [];
  const rows = card.inputs.filter((p) => isExtra(card, type, p)).map((pin) => ({ pin, taken: then === 'return' || !takes || takes.some((f) => f.key === pin.key), own: isForFailure(card, type, pin) }));
  return then === 'return' ? rows : rows.filter((r) => r.taken ? takes || r.own : r.own).sort((a, b) => Number(b.taken) - Number(a.taken));
}
/** the fields of a head that callers fill */
export const takenBy = (head: Card | undefined): Pin[] => (head?.outputs ?? []).filter((f) => !f.group);

const made = (card: Card, of: Pick<Pin, 'key' | 'label' | 'type' | 'list'>): InputPin => {
  const base = `${MADE}${of.key.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 60)}`;
  let id = base;
  for (let n = 2; card.inputs.some((p) => p.id === id); n++) id = `${base}_${n}`;
  return { id, key: of.key, label: of.label || of.key, type: of.type, ...(of.list ? { list: true } : {}), custom: true };
};
const put = (cards: readonly Card[], cardId: string, fields: readonly Pick<Pin, 'key' | 'label' | 'type' | 'list'>[]): Card[] => changeCard(cards, cardId, (c) => fields.reduce((now, f) => ({ ...now, inputs: [...now.inputs, made(now, f)] }), c));
export const addValue = (cards: readonly Card[], cardId: string, field: Pick<Pin, 'key' | 'label' | 'type' | 'list'>): Card[] => put(cards, cardId, [field]);
const isFilled = (p: InputPin): boolean => Boolean(p.from) || !isEmpty(p.value);
/** While one chooses: a first value to hand back, or all that the helper flow takes. What another choice offered, and nobody
 *  filled, goes again. before: as it stood when the dialog opened. */
export function offerFields(before: readonly Card[], cards: Card[], cardId: string, type: CardType | undefined, then: Then, takes: readonly Pin[] | null): Card[] {
  const known = findCard(before, cardId)?.inputs ?? [];
  const now = changeCard(cards, cardId, (c) => ({ ...c, inputs: c.inputs.filter((p) => isFilled(p) || known.some((x) => x.id === p.id) || !isForFailure(c, type, p)) }));
  const card = findCard(now, cardId);
  if (!card || then === 'finish') return now;
  const there = (key: string): boolean => declared(type, key) || card.inputs.some((p) => p.key === key && isExtra(card, type, p));
  if (then === 'return') return fieldsFor(card, type, then, null).some((f) => f.own) || there(MESSAGE) ? now : put(now, cardId, [{ key: MESSAGE, label: MESSAGE, type: 'text' }]);
  return put(now, cardId, (takes ?? []).filter((f) => !there(f.key)));
}

/* ---- keeping it ------------------------------------------------------------------------------------------------ */

/** Before and after the dialog. What is not changed stays as it is, also what the screen does not know: numbers of an export,
 *  arguments nobody takes. takes: fields of the helper flow, as far as they can be read. */
export function setPolicy(before: Card[], after: Card[], cardId: string, type: CardType | undefined, p: Policy, takes: readonly Pin[] | null): Card[] {
  const card = findCard(before, cardId);
  const now = findCard(after, cardId);
  if (!card || !now) return before;
  const old = policyOf(card);
  const other = old.then !== p.then || old.flo !== p.flo;
  const stays = (pin: InputPin): boolean => {
    if (!isForFailure(now, type, pin)) return true;
    const fresh = !card.inputs.some((x) => x.id === pin.id);
    if (p.then === 'return') return true;
    if (p.then === 'finish') return !fresh && old.then === 'finish';
    const taken = !takes || takes.some((f) => f.key === pin.key);
    return fresh ? taken && (other || isFilled(pin)) : taken || !other || old.then === 'finish';
  };
  const inputs = now.inputs.filter(stays);
  const same = (Object.keys(old) as (keyof Policy)[]).every((k) => old[k] === p[k]);
  if (same && JSON.stringify(inputs) === JSON.stringify(card.inputs)) return before;
  return changeCard(after, cardId, (c) => ({ ...c, inputs, ...(same ? {} : { policy: changed(card.policy ?? {}, old, p) }) }));
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
