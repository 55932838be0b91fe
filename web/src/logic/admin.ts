/* Rules of the administration without a screen: what the directory and the log are asked, resource names, links in texts. */
export const quoted = (s: string): string => `"${s.replace(/["\\]/g, '\\$&')}"`;

/** the words of a name, and a status, as a search of the directory (api.md 7) */
export function searchOf(q: string, status: string): Record<string, string> {
  const words = q.trim().split(/\s+/).filter(Boolean).slice(0, 4);
  const one = (x: string): string => `(${['firstName', 'lastName', 'email', 'login'].map((f) => `profile.${f} sw ${quoted(x)}`).join(' or ')})`;
  const parts = [...words.map(one), ...(status ? [`status eq ${quoted(status)}`] : [])];
  return parts.length ? { search: parts.join(' and ') } : {};
}
/** filters of the log's address as the log takes them */
export function logFilter(f: { area: string; outcome: string; actor: string; target: string }): string {
  return [f.area && `eventType sw ${quoted(f.area)}`, f.outcome && `outcome.result eq ${quoted(f.outcome)}`, f.actor && `actor.id eq ${quoted(f.actor)}`, f.target && `target.id eq ${quoted(f.target)}`].filter(Boolean).join(' and ');
}

export type ResourceKind = 'workflows' | 'users' | 'groups' | 'apps';
/** resource names as sets store them (api.md 10); without an id: all of the kind */
export const ornOf = {
  workflows: (org: string, id?: string): string => `orn:okta:workflow:${org}:flows${id ? `:${id}` : ''}`,
  users: (org: string, groupId?: string): string => (groupId ? `orn:okta:directory:${org}:groups:${groupId}:contained_resources` : `orn:okta:directory:${org}:users`),
  groups: (org: string, id?: string): string => `orn:okta:directory:${org}:groups${id ? `:${id}` : ''}`,
  apps: (org: string, id?: string, name?: string): string => `orn:okta:idp:${org}:apps${id ? `:${name}:${id}` : ''}`,
};
/** what a resource name speaks of, whatever its partition */
export function readOrn(orn: string): { kind: ResourceKind | 'other'; id: string | null } {
  const [service, , type, a, b] = orn.split(':').slice(2);
  if (service === 'workflow' && type === 'flows') return { kind: 'workflows', id: a ?? null };
  if (service === 'directory' && type === 'users') return { kind: 'users', id: null };
  if (service === 'directory' && type === 'groups') return { kind: b === 'contained_resources' ? 'users' : 'groups', id: a ?? null };
  if (service === 'idp' && type === 'apps' && b) return { kind: 'apps', id: b };
  if (service === 'idp' && type === 'apps' && !a) return { kind: 'apps', id: null };
  return { kind: 'other', id: null };
}

/** a text cut at its http addresses: every second part is one. A mark that ends a sentence is not part of an address. */
export function cutLinks(text: string): string[] {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/);
}
/** "24h" as number and unit; null for what is spelt otherwise */
export function readSpan(v: string): { n: number; unit: 'min' | 'h' | 'd' } | null {
  const [, n, unit] = /^(\d+)(min|h|d)$/.exec(v) ?? [];
  return n && unit ? { n: Number(n), unit: unit as 'min' | 'h' | 'd' } : null;
}
/** bytes in the unit that people read */
export function splitBytes(n: number): { value: number; unit: string } {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  let value = n;
  while (value >= 1000 && i < units.length - 1) {
    value /= 1000;
    i++;
  }
  return { value, unit: units[i] as string };
}
