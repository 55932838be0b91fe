/* The draft in the editor: every change is kept on the server a moment later, in order, and nothing typed is lost when the
   server refuses: the draft stays and the refusal stands at its field. */
import { useQueries } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import { keyOf, queryClient, refresh, useGet } from '../../api/hooks';
import type { ConfigList, ConfigListItem, Integration, Page, RequestType, Step, SyncedWorkflow } from '../../api/types';
import { problemsOf, type StepProblem, stepsToSend } from '../../logic/steps';
import { t } from '../../texts';

export type SaveState = 'saved' | 'dirty' | 'saving' | 'failed' | 'conflict';
type Editable = Pick<RequestType, 'name' | 'description' | 'icon' | 'teamId' | 'audience' | 'autoResolve' | 'steps'>;

export interface Editing {
  type: RequestType;
  state: SaveState;
  error: ApiProblem | null;
  change: (patch: Partial<Editable>) => void;
  changeStep: (id: string, patch: Partial<Step> | ((s: Step) => Step)) => void;
  /** writes what is not written yet; false when the server refused */
  flush: () => Promise<boolean>;
  /** takes a newer server copy (after publishing) */
  take: (type: RequestType) => void;
}
function body(type: RequestType, version: number): object {
  const { name: _n, ...audience } = type.audience as { name?: string; type: string };
  return { version, name: type.name.trim(), description: type.description, icon: type.icon, ...(type.status === 'DRAFT' && type.publishedVersion === null ? { teamId: type.teamId } : {}), audience, autoResolve: type.autoResolve, steps: stepsToSend(type.steps) };
}
export function useEditing(first: RequestType): Editing {
  const [type, setType] = useState(first);
  const [state, setState] = useState<SaveState>('saved');
  const [error, setError] = useState<ApiProblem | null>(null);
  const now = useRef(first);
  const version = useRef(first.version);
  const dirty = useRef(false);
  const running = useRef<Promise<boolean> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const take = useCallback((next: RequestType) => {
    version.current = next.version;
    now.current = next;
    dirty.current = false;
    queryClient.setQueryData(keyOf(`/request-types/${next.id}`), next);
    setType(next);
    setState('saved');
    setError(null);
  }, []);
  const write = useCallback(async (): Promise<boolean> => {
    while (dirty.current) {
      dirty.current = false;
      setState('saving');
      try {
        const said = await api.patch<RequestType>(`/request-types/${now.current.id}`, body(now.current, version.current));
        version.current = said.version;
        const names = new Map(said.steps.map((s) => [s.id, s]));
        // what only the server knows comes back into the draft; what was typed meanwhile stays
        now.current = {
          ...said, ...(dirty.current ? { name: now.current.name, description: now.current.description, icon: now.current.icon, audience: now.current.audience, autoResolve: now.current.autoResolve } : {}), name: now.current.name,
          steps: dirty.current ? now.current.steps : now.current.steps.map((s) => names.get(s.id) ?? s),
        };
        queryClient.setQueryData(keyOf(`/request-types/${said.id}`), said);
        setType(now.current);
        setError(null);
      } catch (e) {
        const problem = e as ApiProblem;
        setError(problem);
        if (problem.kind === 'conflict') {
          const fresh = await api.get<RequestType>(`/request-types/${now.current.id}`);
          take(fresh);
          setState('conflict');
        } else {
          dirty.current = true;
          setState('failed');
        }
        return false;
      }
    }
    setState('saved');
    return true;
  }, [take]);
  const flush = useCallback(async (): Promise<boolean> => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    while (running.current) await running.current;
    if (!dirty.current) return true;
    running.current = write().finally(() => { running.current = null; });
    return running.current;
  }, [write]);
  const change = useCallback((patch: Partial<Editable>) => {
    now.current = { ...now.current, ...patch };
    dirty.current = true;
    setType(now.current);
    setState('dirty');
    if (timer.current) clearTimeout(timer.current);
    timer.current = setTimeout(() => void flush(), 700);
  }, [flush]);
  const changeStep = useCallback<Editing['changeStep']>((id, patch) => {
    change({ steps: now.current.steps.map((s) => (s.id === id ? (typeof patch === 'function' ? patch(s) : ({ ...s, ...patch } as Step)) : s)) });
  }, [change]);
  useEffect(() => {
    const ask = (e: BeforeUnloadEvent): void => { if (dirty.current) e.preventDefault(); };
    addEventListener('beforeunload', ask);
    return () => {
      removeEventListener('beforeunload', ask);
      void flush().then(() => refresh('/request-types', '/catalogue'));
    };
  }, [flush]);
  return { type, state, error, change, changeStep, flush, take };
}

const namesOf = (all: { data?: Page<ConfigListItem> }[]): Map<string, string> => new Map(all.flatMap((q) => (q.data?.data ?? []).map((x) => [x.id, x.name] as const)));

/** lists and workflows that the owning team may use */
export function useSurroundings(teamId: string, steps: readonly Step[]) {
  const lists = useGet<Page<ConfigList>>('/config-lists', { query: { limit: 200 } });
  const integrations = useGet<Page<Integration>>('/integrations', { query: { limit: 200 } });
  const integration = integrations.data?.data[0];
  const flows = useGet<Page<SyncedWorkflow> | SyncedWorkflow[]>(`/integrations/${integration?.id ?? ''}/workflows`, { query: { teamId }, enabled: Boolean(integration) });
  // names of items that conditions compare with
  const used = [...new Set(steps.flatMap((s) => (s.kind === 'QUESTION' && s.configListId ? [s.configListId] : [])))];
  const itemNames = useQueries({
    queries: used.map((id) => ({ queryKey: keyOf(`/config-lists/${id}/items`, { limit: 200 }), queryFn: () => api.get<Page<ConfigListItem>>(`/config-lists/${id}/items`, { limit: 200 }), retry: false })),
    combine: namesOf,
  });
  return useMemo(() => {
    const shared = lists.data?.data.filter((l) => l.teams.some((x) => x.id === teamId)) ?? null;
    const synced = flows.data ? (Array.isArray(flows.data) ? flows.data : flows.data.data) : null;
    return {
      lists: shared && new Map(shared.map((l) => [l.id, l.name])), listRows: shared ?? [],
      flows: synced && new Map(synced.map((f) => [f.id, f])), flowRows: synced ?? [], flowError: flows.error ?? integrations.error, itemNames,
    };
  }, [lists.data, flows.data, flows.error, integrations.error, teamId, itemNames]);
}
export type Around = ReturnType<typeof useSurroundings>;

export interface Said {
  stepId: string | null;
  field: string;
  sentence: string;
}
function sentenceOf(p: StepProblem, around: Around): string {
  const w = t.types.problem;
  const [a = '', b = ''] = p.names;
  switch (p.kind) {
    case 'listNotShared': return w.listNotShared(around.lists?.get(a) ?? a);
    case 'flowGone': return w.flowGone(a);
    case 'inputUnmapped': return w.inputUnmapped(a, b);
    case 'sourceGone': return w.sourceGone(a);
    case 'laterStep': return w.laterStep(a);
    default: return w[p.kind];
  }
}
/** what the browser sees and what the server said, at their steps and fields */
export function useProblems(type: RequestType, around: Around, server: ApiProblem | null): Said[] {
  return useMemo(() => {
    const own = problemsOf(type, around).map((p) => ({ stepId: p.stepId, field: p.field, sentence: sentenceOf(p, around) }));
    const told = (server?.causes ?? []).map((c): Said => {
      const [, which = '', field = ''] = /^\/?steps\/([^/]+)\/?(.*)$/.exec(c.location ?? '') ?? [];
      const step = type.steps[Number(which)] ?? type.steps.find((s) => s.id === which);
      return step ? { stepId: step.id, field: field.replace(/^logic\/conditions\/(\d+).*/, 'logic/$1').replace(/^(options|configListId).*/, 'options').replace(/^(assignTo).*/, '$1'), sentence: c.sentence } : { stepId: null, field: (c.location ?? '').replace(/^\//, ''), sentence: c.sentence };
    });
    const reasons = type.status === 'DISABLED' ? type.disabledReasons.map((r) => ({ stepId: r.stepId, field: '', sentence: r.sentence })) : [];
    const seen = new Set<string>();
    return [...own, ...told, ...reasons].filter((p) => {
      const key = `${p.stepId}|${p.field || p.sentence}`;
      return !seen.has(key) && seen.add(key);
    });
  }, [type, around, server]);
}
