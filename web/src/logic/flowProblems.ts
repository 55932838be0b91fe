/* What keeps a flow from being switched on, while one draws it. The same rules as the server's compiler, so that a
   problem shows at its card before anything is saved. */
import type { Card, CardType } from '../api/types';
import { COMMENT, DELEGATED, headOf, isBodyHead, NO_EVENT, walk } from './cards';
import { inRange, isEmpty, isStreaming, linkState, rangeOf } from './mapping';

export type FlowProblemKind = 'noEvent' | 'headNotEvent' | 'eventNotFirst' | 'required' | 'missing' | 'gone' | 'later' | 'noConnection' | 'lostConnection' | 'pause' | 'fieldType' | 'emptyKey' | 'doubleKey' | 'unsupported' | 'range' | 'noStreamFlow';
export interface FlowProblem {
  cardId: string | null;
  inputId: string | null;
  kind: FlowProblemKind;
  /** label of the field, or of the connector */
  name: string;
  /** does not stop the flow from being switched on */
  hint?: boolean;
}
const FIELD_TYPES = ['text', 'number', 'boolean', 'date'];

export function flowProblems(cards: readonly Card[], types: ReadonlyMap<string, CardType>, connections: ReadonlySet<string> | null): FlowProblem[] {
  const found: FlowProblem[] = [];
  const head = headOf(cards);
  const delegated = head?.card === DELEGATED;
  const add = (cardId: string | null, kind: FlowProblemKind, name = '', inputId: string | null = null, hint = false): void => void found.push({ cardId, inputId, kind, name, ...(hint ? { hint } : {}) });
  if (!head) add(null, 'noEvent');
  walk(cards, (c) => {
    if (c.card === COMMENT) return;
    const type = types.get(c.card);
    const event = type ? type.kind === 'EVENT' : c === head;
    if (c.card === NO_EVENT && c === head) add(c.id, 'noEvent');
    else if (c === head && !event) add(c.id, 'headNotEvent');
    if (c !== head && event && !isBodyHead(cards, c.id)) add(c.id, 'eventNotFirst');
    if (!type) add(c.id, 'unsupported', c.card, null, true);
    if (delegated && /^control:pause(Raw)?$/.test(c.card)) add(c.id, 'pause');
    if (type?.connection && !type.connectionOptional && !c.connectionId) add(c.id, 'noConnection', type.connection);
    else if (c.connectionId && connections && !connections.has(c.connectionId)) add(c.id, 'lostConnection');
    for (const p of c.inputs) {
      const declared = type?.inputs.find((x) => x.key === p.key);
      if (p.from) {
        const state = linkState(cards, { card: c.id, input: p.id }, p.from);
        if (state !== 'ok') add(c.id, state, p.label || p.key, p.id);
      } else if (declared?.required && isEmpty(p.value)) add(c.id, 'required', p.label || p.key, p.id);
      const range = p.from || !p.key ? null : rangeOf(type, p);
      if (range && !inRange(p.value, range)) add(c.id, 'range', p.label || p.key, p.id, true);
      if (type?.stateGroup && p.group === type.stateGroup && p.type === 'flow' && !p.from && isEmpty(p.value) && isStreaming(c)) add(c.id, 'noStreamFlow', p.label || p.key, p.id, true);
    }
    for (const p of type?.inputs ?? []) if (p.required && !c.inputs.some((x) => x.key === p.key)) add(c.id, 'missing', p.label);
    for (const l of c.lanes ?? []) {
      for (const r of l.results ?? []) {
        const state = r.from ? linkState(cards, { card: c.id, lane: l.name, output: r.output }, r.from) : 'ok';
        if (state !== 'ok') add(c.id, state, c.outputs.find((o) => o.id === r.output)?.label ?? '', null);
      }
    }
    const keys = new Set<string>();
    for (const p of c === head ? c.outputs : c.inputs) {
      const place = `${p.group ?? ''}\0${p.key}`;
      if (!p.key.trim()) add(c.id, 'emptyKey', p.label, p.id);
      else if (keys.has(place)) add(c.id, 'doubleKey', p.key, p.id);
      keys.add(place);
      if (delegated && c === head && p.group === 'inputs' && (p.list || !FIELD_TYPES.includes(p.type))) add(c.id, 'fieldType', p.label || p.key, p.id);
    }
  });
  return found;
}
