/* How a request's steps are laid out as a story: the answers of the form stand together, everything else by itself. */
import type { Request, RequestStep } from '../api/types';

export type Entry = { kind: 'answers'; steps: RequestStep[] } | { kind: 'step'; step: RequestStep };
export type Stand = 'done' | 'now' | 'future' | 'failed' | 'off';

export function standOf(s: RequestStep): Stand {
  switch (s.state) {
    case 'COMPLETED': return s.decision === 'DENIED' ? 'failed' : 'done';
    case 'FAILED': return 'failed';
    case 'OPEN': case 'RUNNING': case 'ASSIGNING': return 'now';
    case 'HIDDEN': return 'future';
    default: return 'off';
  }
}
/** questions answered before anything else happened are one entry; hidden or skipped ones among them say nothing */
export function storyOf(steps: readonly RequestStep[]): Entry[] {
  const first = steps.findIndex((s) => s.kind !== 'QUESTION' || s.state === 'OPEN' || s.state === 'ASSIGNING' || s.state === 'LOCKED');
  const form = (first < 0 ? steps : steps.slice(0, first)).filter((s) => s.state === 'COMPLETED');
  const rest = first < 0 ? [] : steps.slice(first).filter((s) => !(s.kind === 'QUESTION' && s.state === 'SKIPPED'));
  return [...(form.length ? [{ kind: 'answers' as const, steps: form }] : []), ...rest.map((step) => ({ kind: 'step' as const, step }))];
}
/** the step the caller should act on first */
export function myStep(r: Request): RequestStep | null {
  const able = r.steps.filter((s) => s.can.includes('RESOLVE') || (s.can.includes('RUN') && s.assignees.length > 0));
  return able.find((s) => s.taskId !== null && s.taskId === r.myTask?.id) ?? able.find((s) => s.can.includes('RESOLVE')) ?? able[0] ?? null;
}
export function firstName(name: string): string {
  return name.split(' ')[0] ?? name;
}
/** open steps that marking as done would lock */
export function stillOpen(r: Request): number {
  return r.steps.filter((s) => s.state === 'OPEN' || s.state === 'FAILED' || s.state === 'ASSIGNING').length;
}
/** the end of the sixty days without activity (access-requests.md 4.5) */
export function expiresAt(r: Request): string | null {
  if (r.status !== 'OPEN' && r.status !== 'PENDING') return null;
  if (r.steps.some((s) => s.kind === 'TIMER' && s.state === 'RUNNING')) return null;
  return new Date(Date.parse(r.lastUpdated) + 60 * 86_400_000).toISOString();
}
export type ValueKind = 'text' | 'number' | 'boolean' | 'datetime';
/** the type shown beside a value that was sent */
export function kindOfValue(v: unknown): ValueKind {
  if (typeof v === 'number') return 'number';
  if (typeof v === 'boolean') return 'boolean';
  return typeof v === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(v) ? 'datetime' : 'text';
}
