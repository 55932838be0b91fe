/* The flow that is being drawn: its cards with undo, what is chosen, what is wrong, and saving. What was not saved stays
   on this device until it is saved or discarded, so that leaving the page loses nothing. */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import { keyOf, queryClient, refresh } from '../../api/hooks';
import type { Card, CardType, Connection, Flow, FlowRow } from '../../api/types';
import { findCard, numbersOf } from '../../logic/cards';
import { diffFlows, sameFlow } from '../../logic/flowDiff';
import { type FlowProblem, flowProblems } from '../../logic/flowProblems';
import { type History, push, redo, startHistory, undo } from '../../logic/history';
import { toSend, usedOutputs } from '../../logic/mapping';
import { t } from '../../texts';
import { toast } from '../../ui/Toast';

export interface Said {
  cardId: string | null;
  inputId: string | null;
  sentence: string;
  hint?: boolean;
}
export interface Design {
  flow: Flow;
  cards: Card[];
  types: ReadonlyMap<string, CardType>;
  connections: Connection[] | null;
  /** flows that cards can call */
  helpers: readonly FlowRow[];
  readOnly: boolean;
  numbers: ReadonlyMap<string, number>;
  used: ReadonlySet<string>;
  said: Said[];
  dirty: boolean;
  saving: boolean;
  error: ApiProblem | null;
  selected: string | null;
  /** outputs of these cards are all shown */
  opened: ReadonlySet<string>;
  toggleOpened: (id: string) => void;
  /** members of an object output that are shown as rows of their own, by card|output */
  members: ReadonlyMap<string, string[][]>;
  showMember: (card: string, output: string, path: string[]) => void;
  select: (id: string | null) => void;
  /** tag: changes with one tag shortly after each other are one step of undo */
  change: (next: Card[], tag?: string) => void;
  undo?: () => void;
  redo?: () => void;
  /** false: refused, the reason stands in error */
  save: (note?: string, over?: boolean) => Promise<boolean>;
  discard: () => void;
  take: (flow: Flow) => void;
}
export const DesignContext = createContext<Design | null>(null);
export function useDesign(): Design {
  const d = useContext(DesignContext);
  if (!d) throw new Error('outside of the designer');
  return d;
}
export const nameOf = (c: Card, types: ReadonlyMap<string, CardType>): string => types.get(c.card)?.label ?? (c.title || c.card);

/* drafts on this device */
interface Draft {
  version: number;
  cards: Card[];
}
const draftKey = (id: string): string => `reeve.flow.${id}`;
function readDraft(id: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(draftKey(id)) ?? 'null') as Draft | null;
  } catch {
    return null;
  }
}
function keepDraft(id: string, draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(draftKey(id), JSON.stringify(draft));
    else sessionStorage.removeItem(draftKey(id));
  } catch {
    // no room on this device: the question before leaving still stands
  }
}

function sentenceOf(p: FlowProblem): string {
  return t.flows.problem[p.kind]?.(p.name) ?? p.kind;
}
/** "Added Send Email, changed Compose", for the list of versions */
export function sayDiff(before: readonly Card[], after: readonly Card[], types: ReadonlyMap<string, CardType>): string {
  const d = diffFlows(before, after);
  const w = t.flows.diff;
  const names = (list: Card[]): string => {
    const all = [...new Set(list.map((c) => nameOf(c, types)))];
    return all.length > 3 ? [...all.slice(0, 3), w.others(all.length - 3)].join(', ') : all.join(', ');
  };
  const moved = d.added.length || d.removed.length ? [] : d.moved;
  const said = ([['added', d.added], ['removed', d.removed], ['changed', d.changed], ['moved', moved]] as const).filter(([, l]) => l.length).map(([k, l]) => w[k](names(l))).join('; ');
  return said ? said.charAt(0).toUpperCase() + said.slice(1) : '';
}

export function useDesignState(first: Flow, types: ReadonlyMap<string, CardType>, connections: Connection[] | null, helpers: readonly FlowRow[], readOnly: boolean): Design {
  const [flow, setFlow] = useState(first);
  const [h, setH] = useState<History<Card[]>>(() => {
    const draft = readOnly ? null : readDraft(first.id);
    return draft && !sameFlow(draft.cards, first.cards) ? push(startHistory(first.cards), draft.cards, 0) : startHistory(first.cards);
  });
  const [base, setBase] = useState(() => readDraft(first.id)?.version ?? first.version);
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<ApiProblem | null>(null);
  const [selected, select] = useState<string | null>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [members, setMembers] = useState<ReadonlyMap<string, string[][]>>(new Map());
  const cards = h.now;
  const dirty = useMemo(() => !readOnly && !sameFlow(cards, flow.cards), [cards, flow.cards, readOnly]);
  const state = useRef({ cards, flow, dirty, base });
  state.current = { cards, flow, dirty, base };

  const take = useCallback((next: Flow) => {
    queryClient.setQueryData(keyOf(`/flows/${next.id}`), next);
    keepDraft(next.id, null);
    setFlow(next);
    setBase(next.version);
    setH((old) => (sameFlow(old.now, next.cards) ? old : push(old, next.cards, Date.now())));
    setError(null);
  }, []);
  // the flow was read again (live): take what is not drawn here
  useEffect(() => {
    if (first === state.current.flow) return;
    setFlow((old) => (state.current.dirty ? { ...first, cards: old.cards, problems: old.problems } : first));
    if (!state.current.dirty) {
      setBase(first.version);
      setH((old) => (sameFlow(old.now, first.cards) ? old : push(old, first.cards, Date.now())));
    } else if (sameFlow(first.cards, state.current.flow.cards)) setBase(first.version); // only name, folder or switches changed
  }, [first]);
  useEffect(() => {
    if (readOnly) return;
    const timer = setTimeout(() => keepDraft(flow.id, dirty ? { version: base, cards } : null), 300);
    return () => clearTimeout(timer);
  }, [cards, dirty, flow.id, base, readOnly]);
  useEffect(() => {
    const id = first.id;
    if (state.current.dirty) toast(t.flows.frame.keptDraft);
    const leave = (e: BeforeUnloadEvent): void => { if (state.current.dirty) e.preventDefault(); };
    addEventListener('beforeunload', leave);
    return () => {
      removeEventListener('beforeunload', leave);
      const s = state.current;
      if (!readOnly) keepDraft(id, s.dirty ? { version: s.base, cards: s.cards } : null);
    };
  }, [first.id, readOnly]);

  const change = useCallback((next: Card[], tag?: string) => {
    if (readOnly) return;
    setH((old) => push(old, next, Date.now(), tag ?? null));
    setError((e) => (e?.kind === 'conflict' ? e : null));
  }, [readOnly]);
  const save = useCallback(async (note?: string, over?: boolean): Promise<boolean> => {
    const s = state.current;
    setSaving(true);
    setError(null);
    try {
      const sent = toSend(s.cards);
      const version = over ? (await api.get<Flow>(`/flows/${s.flow.id}`)).version : s.base;
      const said = note || sayDiff(s.flow.cards, s.cards, types);
      const next = await api.patch<Flow>(`/flows/${s.flow.id}`, { version, cards: sent.cards, ...(said ? { note: said.slice(0, 200) } : {}) });
      const whole = next?.cards ? next : await api.get<Flow>(`/flows/${s.flow.id}`);
      take(whole);
      toast(sent.lost ? `${t.flows.frame.savedVersion(whole.versionNumber)} ${t.flows.frame.lost(sent.lost)}` : t.flows.frame.savedVersion(whole.versionNumber));
      void refresh(`/flows/${s.flow.id}/versions`);
      return true;
    } catch (e) {
      if (!(e instanceof ApiProblem)) throw e;
      setError(e);
      return false;
    } finally {
      setSaving(false);
    }
  }, [take, types]);
  const discard = useCallback(() => {
    keepDraft(state.current.flow.id, null);
    setH((old) => push(old, state.current.flow.cards, Date.now()));
    setError(null);
  }, []);

  const numbers = useMemo(() => numbersOf(cards), [cards]);
  const used = useMemo(() => usedOutputs(cards), [cards]);
  const said = useMemo((): Said[] => {
    const own = flowProblems(cards, types, connections ? new Set(connections.map((c) => c.id)) : null).map((p) => ({ cardId: p.cardId, inputId: p.inputId, sentence: sentenceOf(p), hint: p.hint }));
    const told = dirty ? [] : flow.problems.filter((p) => !own.some((o) => o.cardId === p.cardId && (o.inputId === p.inputId || o.inputId === null || p.inputId === null)));
    // what the server refused, by its pointer: /cards/0/lanes/1/cards/0/inputs/2/…
    const refused = (error?.kind === 'invalid' ? error.causes : []).map((c): Said => {
      const parts = (c.location ?? '').split('/').filter(Boolean);
      let list: Card[] | undefined = cards;
      let card: Card | undefined;
      let input: string | null = null;
      for (let i = 0; i + 1 < parts.length; i += 2) {
        const n = Number(parts[i + 1]);
        if (parts[i] === 'cards') card = list?.[n];
        else if (parts[i] === 'lanes') list = card?.lanes?.[n]?.cards;
        else if (parts[i] === 'inputs') input = card?.inputs[n]?.id ?? null;
        else break;
      }
      return { cardId: card?.id ?? null, inputId: input, sentence: c.sentence };
    });
    return [...refused, ...own, ...told];
  }, [cards, types, connections, flow.problems, dirty, error]);
  useEffect(() => { if (selected !== null && !findCard(cards, selected)) select(null); }, [cards, selected]);

  return {
    flow, cards, types, connections, helpers, readOnly, numbers, used, said, dirty, saving, error, selected, opened, members,
    showMember: useCallback((card: string, output: string, path: string[]) => setMembers((old) => new Map(old).set(`${card}|${output}`, [...(old.get(`${card}|${output}`) ?? []), path])), []),
    toggleOpened: useCallback((id: string) => setOpened((old) => { const next = new Set(old); if (!next.delete(id)) next.add(id); return next; }), []),
    select, change, save, discard, take,
    undo: !readOnly && h.past.length ? () => setH(undo) : undefined,
    redo: !readOnly && h.future.length ? () => setH(redo) : undefined,
  };
}
