/* What one may do to a request and its tasks. Every command reads the request again before it resolves. */
import { api } from '../../api/client';
import { useSend } from '../../api/hooks';
import type { Id, Request } from '../../api/types';

const touches = ['/requests', '/tasks'];

export function useTask(taskId: Id | null) {
  const id = taskId ?? '';
  return {
    resolve: useSend((b: { value?: unknown; note?: string }) => api.post(`/tasks/${id}/resolve`, b), touches),
    run: useSend((b: { newRun?: boolean }) => api.post(`/tasks/${id}/run`, b), [...touches, '/runs']),
    complete: useSend((_: void) => api.post(`/tasks/${id}/complete`, {}), touches),
    reassign: useSend((userIds: Id[]) => api.post(`/tasks/${id}/reassign`, { userIds }), touches),
    escalate: useSend((reason: string) => api.post(`/tasks/${id}/escalate`, { reason }), touches),
    end: useSend((_: void) => api.post(`/tasks/${id}/end`, {}), touches),
  };
}
export type RequestVerb = 'cancel' | 'resolve' | 'reopen' | 'hold' | 'release';
export function useRequestCommands(r: Pick<Request, 'id' | 'version'>, userId: Id) {
  return {
    verb: useSend((v: RequestVerb) => api.post<Request>(`/requests/${r.id}/${v}`, {}), touches),
    change: useSend((patch: { subject?: string; assigneeId?: Id | null; private?: boolean }) => api.patch<Request>(`/requests/${r.id}`, { version: r.version, ...patch }), touches),
    follow: useSend((on: boolean) => (on ? api.put(`/requests/${r.id}/followers/${userId}`) : api.del(`/requests/${r.id}/followers/${userId}`)), touches),
    say: useSend((text: string) => api.post(`/requests/${r.id}/messages`, { text }), [`/requests/${r.id}`, '/requests']),
  };
}
