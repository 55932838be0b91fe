/* A small router over the History API. Addresses are data: the path chooses the screen, the query holds filters, tab,
   sort and selection (web.md 2), so a copied link shows the same view. */
import { type AnchorHTMLAttributes, type ComponentType, lazy, type MouseEvent, startTransition, useCallback, useMemo, useSyncExternalStore } from 'react';

export type Params<P extends string> = P extends `${string}:${infer N}/${infer Rest}`
  ? Record<N, string> & Params<`/${Rest}`>
  : P extends `${string}:${infer N}`
    ? Record<N, string>
    : Record<never, string>;
export interface Route {
  path: string;
  match: RegExp;
  names: string[];
  screen: ComponentType<{ params: Record<string, string> }>;
  load: () => Promise<unknown>;
  /** the navigation folds to the rail (designer, runs) */
  rail: boolean;
}
/** addresses with one module are one screen, which stays while one moves between them */
const screens = new Map<() => Promise<unknown>, Route['screen']>();
/** route('/requests/:number', () => import('../screens/…')): the module's default export gets { params: { number } } */
export function route<P extends string>(
  path: P,
  load: () => Promise<{ default: ComponentType<{ params: Params<P> }> }>,
  o: { rail?: boolean } = {},
): Route {
  const names = [...path.matchAll(/:(\w+)/g)].map((m) => m[1] as string);
  const screen = screens.get(load) ?? lazy(load as () => Promise<{ default: Route['screen'] }>);
  screens.set(load, screen);
  return {
    path,
    names,
    match: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}/?$`),
    screen,
    load,
    rail: o.rail ?? false,
  };
}
export function matchRoute(routes: readonly Route[], path: string): { route: Route; params: Record<string, string> } | null {
  for (const r of routes) {
    const m = r.match.exec(path);
    if (m) return { route: r, params: Object.fromEntries(r.names.map((n, i) => [n, decodeURIComponent(m[i + 1] ?? '')])) };
  }
  return null;
}

const listeners = new Set<() => void>();
const notify = (): void => startTransition(() => listeners.forEach((run) => run()));
addEventListener('popstate', notify);

const subscribe = (run: () => void): (() => void) => {
  listeners.add(run);
  return () => listeners.delete(run);
};
const here = (): string => location.pathname + location.search;

export function navigate(to: string, o: { replace?: boolean } = {}): void {
  if (to === here()) return;
  history[o.replace ? 'replaceState' : 'pushState'](null, '', to);
  notify();
}
export function useHere(): { path: string; search: URLSearchParams; full: string } {
  const full = useSyncExternalStore(subscribe, here);
  return useMemo(() => {
    const [path = '/', query = ''] = full.split('?');
    return { path, search: new URLSearchParams(query), full };
  }, [full]);
}

type SearchPatch<T> = { [K in keyof T]?: string | null };
/** state in the address: values that equal their default are left out of it */
export function useSearch<T extends Record<string, string>>(defaults: T): [T, (patch: SearchPatch<T>, o?: { push?: boolean }) => void] {
  const { search } = useHere();
  const key = JSON.stringify(defaults);
  const value = useMemo(() => {
    const d = JSON.parse(key) as T;
    return Object.fromEntries(Object.entries(d).map(([k, v]) => [k, search.get(k) ?? v])) as T;
  }, [search, key]);
  const set = useCallback(
    (patch: SearchPatch<T>, o: { push?: boolean } = {}) => {
      const d = JSON.parse(key) as T;
      const next = new URLSearchParams(location.search);
      for (const [k, v] of Object.entries(patch)) {
        if (v === null || v === undefined || v === d[k]) next.delete(k);
        else next.set(k, v);
      }
      const q = next.toString();
      navigate(location.pathname + (q ? `?${q}` : ''), { replace: !o.push });
    },
    [key],
  );
  return [value, set];
}
/** the present address with a changed query, for links that are tabs or filters */
export function hrefWith(patch: Record<string, string | null>): string {
  const next = new URLSearchParams(location.search);
  for (const [k, v] of Object.entries(patch)) v === null ? next.delete(k) : next.set(k, v);
  const q = next.toString();
  return location.pathname + (q ? `?${q}` : '');
}

export function followLink(e: MouseEvent<HTMLElement>, href: string): void {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  e.preventDefault();
  navigate(href);
}
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; 'data-focus-id'?: string }) {
  return (
    <a
      {...rest}
      href={href}
      onClick={(e) => {
        onClick?.(e);
        if (!rest.target) followLink(e, href);
      }}
    />
  );
}
