/* The five views of the inbox (web.md 1) as queries of GET /requests. */
import type { RequestRow } from '../api/types';

export const inboxViews = ['needs', 'waiting', 'asked', 'following', 'done'] as const;
export type InboxView = (typeof inboxViews)[number];

export function inboxQuery(view: InboxView): Record<string, string> {
  switch (view) {
    case 'needs': return { view: 'mine', sortBy: 'dueAt', sortOrder: 'asc' };
    case 'waiting': return { view: 'inbox', filter: 'status eq "OPEN" or status eq "PENDING"' };
    case 'asked': return { view: 'sent' };
    case 'following': return { view: 'inbox', filter: 'follower eq "me"' };
    case 'done': return { view: 'inbox', filter: 'status eq "RESOLVED" or status eq "CANCELED" or status eq "EXPIRED"' };
  }
}
/** what the server's view holds beyond ours: requests with a task of mine are not waiting on others */
export function belongs(view: InboxView, row: RequestRow): boolean {
  if (view === 'waiting') return row.myTask === null;
  if (view === 'needs') return row.myTask !== null;
  return true;
}

/** filters of the address as the server takes them (api.md 7: attribute, operator, value) */
export function withFilters(base: Record<string, string>, f: { q?: string; team?: string; type?: string; sort?: string }): Record<string, string> {
  const parts = [base.filter && (f.team || f.type) ? `(${base.filter})` : base.filter, f.team && `team eq "${f.team}"`, f.type && `requestType eq "${f.type}"`].filter(Boolean);
  const out: Record<string, string> = { ...base };
  if (parts.length) out.filter = parts.join(' and ');
  if (f.q) out.q = f.q;
  if (f.sort === 'updated') Object.assign(out, { sortBy: 'lastUpdated', sortOrder: 'desc' });
  if (f.sort === 'created') Object.assign(out, { sortBy: 'created', sortOrder: 'desc' });
  return out;
}
