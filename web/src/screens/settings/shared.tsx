/* Small things that several administration screens need: reading whole IAM lists, people and applications by their
   address, fields for them, names of standard roles. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, api } from '../../api/client';
import type { Application, Group, User } from '../../api/compatible';
import { keyOf, useGet, useList } from '../../api/hooks';
import { paths } from '../../app/paths';
import { Link } from '../../app/router';
import { splitBytes } from '../../logic/admin';
import { locale, t } from '../../texts';
import { Combo, type FieldProps } from '../../ui/Field';
import { IconApp, IconPeople } from '../../ui/icons';
import { Avatar, Tile } from '../../ui/People';

export const GOVERN = 'okta.governance.accessRequests.manage';

/** another address of the same screen: search, filter and tab stay, an open dialog does not */
export function withSearch(path: string): string {
  const [base = path, own = ''] = path.split('?');
  const next = new URLSearchParams(location.search);
  next.delete('new');
  for (const [k, v] of new URLSearchParams(own)) next.set(k, v);
  const q = next.toString();
  return q ? `${base}?${q}` : base;
}
export const userName = (u: Pick<User, 'profile'>): string => u.profile.displayName || [u.profile.firstName, u.profile.lastName].filter(Boolean).join(' ') || u.profile.login;

/** every page of an IAM list, which is an object with one array key */
export async function readAll<T>(path: string, key: string): Promise<T[]> {
  const all: T[] = [];
  let next: string | null = path;
  for (let i = 0; next && i < 50; i++) {
    const page: Record<string, unknown> & { _links?: { next?: { href: string } } } = await api.get(next);
    all.push(...((page[key] as T[] | undefined) ?? []));
    const href: string | undefined = page._links?.next?.href;
    const url: URL | null = href ? new URL(href, location.origin) : null;
    next = url ? url.pathname + url.search : null;
  }
  return all;
}
export function useAll<T>(path: string, key: string, enabled = true): UseQueryResult<T[], ApiProblem> {
  return useQuery<T[], ApiProblem>({ queryKey: [...keyOf(path), 'all'], queryFn: () => readAll<T>(path, key), enabled, retry: false });
}
/** as above, where "not found" means that there is nothing yet */
export function useAllOrNone<T>(path: string, key: string, enabled = true): UseQueryResult<T[] | null, ApiProblem> {
  return useQuery<T[] | null, ApiProblem>({
    queryKey: [...keyOf(path), 'all or none'], enabled, retry: false,
    queryFn: () => readAll<T>(path, key).catch((e: unknown) => { if (e instanceof ApiProblem && e.kind === 'gone') return null; throw e; }),
  });
}
/** a query as the list part takes it */
export function asList(q: { isPending: boolean; error: ApiProblem | null; refetch: () => unknown }) {
  return { isPending: q.isPending, error: q.error, hasMore: false, isLoadingMore: false, more: () => undefined, retry: () => void q.refetch() };
}

/* ---- who can hold a role: people, groups, applications -------------------------------------------------- */

export type PrincipalKind = 'user' | 'group' | 'app';
export interface Principal {
  kind: PrincipalKind;
  id: string;
  name: string;
}
const roots: Record<PrincipalKind, string> = { user: '/api/v1/users/', group: '/api/v1/groups/', app: '/oauth2/v1/clients/' };
export const principalUrl = (base: string, p: Pick<Principal, 'kind' | 'id'>): string => base + roots[p.kind] + p.id;
export const rolesOf = (p: Pick<Principal, 'kind' | 'id'>): string => `${roots[p.kind]}${p.id}/roles`;
export function principalAt(href: string): Pick<Principal, 'kind' | 'id'> | null {
  const [, root, id] = /\/(users|groups|clients)\/([^/?]+)/.exec(href) ?? [];
  return root && id ? { kind: root === 'users' ? 'user' : root === 'groups' ? 'group' : 'app', id } : null;
}
const objectPath = (p: Pick<Principal, 'kind' | 'id'>): string => (p.kind === 'app' ? `/api/v1/apps/${p.id}` : roots[p.kind] + p.id);
export const nameOf = (p: Pick<Principal, 'kind'>, o: User | Group | Application): string => (p.kind === 'app' ? (o as Application).label : p.kind === 'group' ? (o as Group).profile.name : userName(o as User));
export async function readPrincipal(p: Pick<Principal, 'kind' | 'id'>): Promise<Principal> {
  return { ...p, name: await api.get<User | Group | Application>(objectPath(p)).then((o) => nameOf(p, o), () => p.id) };
}
export const principalHref = (p: Pick<Principal, 'kind' | 'id'>): string => ({ user: paths.person, group: paths.group, app: paths.application })[p.kind](p.id);
export function PrincipalLead({ of: p }: { of: Principal }) {
  return p.kind === 'user' ? <Avatar name={p.name} /> : <Tile icon={p.kind === 'app' ? IconApp : IconPeople} size="sm" />;
}
export function PrincipalName({ of: p }: { of: Pick<Principal, 'kind' | 'id'> & { name?: string } }) {
  const read = useGet<User | Group | Application>(objectPath(p), { enabled: !p.name, staleTime: 60_000 });
  const name = p.name ?? (read.data ? nameOf(p, read.data) : p.id);
  return <Link href={principalHref(p)}>{name}</Link>;
}
export function useName(p: Pick<Principal, 'kind' | 'id'>): string {
  const read = useGet<User | Group | Application>(objectPath(p), { staleTime: 60_000 });
  return read.data ? nameOf(p, read.data) : p.id;
}
export function AppField({ value, onChange, exclude, ...rest }: FieldProps & { value: Principal | null; onChange: (p: Principal | null) => void; exclude?: string[] }) {
  const apps = useList<Application>('/api/v1/apps', { limit: 200 });
  const rows = apps.rows.filter((a) => a.status === 'ACTIVE' && !exclude?.includes(a.id));
  return <Combo {...rest} icon={IconApp} value={value?.id ?? null} name={value?.name} loading={apps.isPending} choices={rows.map((a) => ({ id: a.id, name: a.label, detail: a.id, icon: IconApp }))} onChange={(id, c) => onChange(id && c ? { kind: 'app', id, name: c.name } : null)} />;
}
/** any group of the directory; the picker of Access Requests knows the pushed ones only */
export function DirectoryGroupField({ value, onChange, exclude, ...rest }: FieldProps & { value: Principal | null; onChange: (p: Principal | null) => void; exclude?: string[] }) {
  const [text, setText] = useState('');
  const q = text === value?.name ? '' : text.trim();
  const groups = useList<Group>('/api/v1/groups', { query: q ? { q } : {}, limit: 50, keep: true });
  const rows = groups.rows.filter((g) => !exclude?.includes(g.id));
  return <Combo {...rest} icon={IconPeople} value={value?.id ?? null} name={value?.name} onType={setText} loading={groups.isFetching} choices={rows.map((g) => ({ id: g.id, name: g.profile.name, detail: g.profile.description, icon: IconPeople }))} onChange={(id, c) => onChange(id && c ? { kind: 'group', id, name: c.name } : null)} />;
}
export const isPredefined = (id: string): boolean => /^[A-Z_]+$/.test(id);
/** standard roles and predefined sets carry their type as id */
export const roleName = (id: string, label?: string | null): string => t.admin.iam.standard[id] ?? label ?? id;
/** a size in bytes as people read it */
export function sayBytes(n: number): string {
  const { value, unit } = splitBytes(n);
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 && unit !== 'B' ? 1 : 0 }).format(value)} ${unit}`;
}
