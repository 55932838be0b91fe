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
