/* The frame of a screen inside the white sheet: bar, tabs that are links, and what stands instead of content. */
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { ApiProblem } from '../api/client';
import { Link } from '../app/router';
import { readSession } from '../app/session';
import { t } from '../texts';
import { Button } from './Button';
import { IconError, IconInfo, IconLeft, IconWarning } from './icons';

export function useTitle(title: string | null | undefined): void {
  useEffect(() => {
    document.title = title ? `${title} · ${t.app}` : t.app;
  }, [title]);
}
export interface Tab {
  id: string;
  name: string;
  href: string;
  count?: number | null;
}
/** tabs as links, so that each has an address */
export function LinkTabs({ tabs, current, label, sub }: { tabs: Tab[]; current: string; label: string; sub?: boolean }) {
  return (
    <nav className={`tabs ${sub ? 'subtabs' : ''}`} aria-label={label}>
      {tabs.map((x) => (
        <Link key={x.id} href={x.href} aria-current={x.id === current ? 'page' : undefined}>
          {x.name}{x.count ? <span className="count">{x.count}</span> : null}
        </Link>
      ))}
    </nav>
  );
}
/** page header: title, or a way back and a title; tabs; actions at the right */
export function Bar({ title, back, lead, tabs, children, after }: { title: string; back?: { href: string; name: string }; lead?: ReactNode; tabs?: ReactNode; children?: ReactNode; after?: ReactNode }) {
  useTitle(title);
  return (
    <header className={`bar ${tabs ? 'with-tabs' : ''}`}>
      {back ? (
        <div className="crumb"><Link href={back.href}><IconLeft className="i" size={16} aria-hidden />{back.name}</Link>{lead}<h1 className="cut">{title}</h1></div>
      ) : (<>{lead}<h1>{title}</h1></>)}
      {after}
      {tabs}
      {children && <div className="acts">{children}</div>}
    </header>
  );
}
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return <div className="empty"><h2>{title}</h2>{children && <p>{children}</p>}{action}</div>;
}
/** shapes of the rows to come, after 200 ms */
export function Skeleton({ rows = 6, lines }: { rows?: number; lines?: boolean }) {
  return (
    <div className="sks" role="status" aria-label={t.loading}>
      {Array.from({ length: rows }, (_, i) => <div key={i} className={`sk ${lines ? 'line' : ''}`} aria-hidden><i />{!lines && <><i /><i /><i /><i /></>}</div>)}
    </div>
  );
}
/** what happened, what to do, the id; for fields the error stands at the field instead */
export function Problem({ error, retry, page }: { error: ApiProblem | Error | null | undefined; retry?: () => void; page?: boolean }) {
  if (!error) return null;
  const p = 'kind' in error ? (error as ApiProblem) : null;
  const [title, advice] = t.problems[p?.kind ?? 'server'] as [string, string];
  const said = p && (p.kind === 'invalid' || p.kind === 'conflict' || p.kind === 'forbidden') ? p.sentences.filter(Boolean) : [];
  return (
    <div className={`problem ${page ? 'page' : ''}`} role="alert">
      <IconError className="i" size={16} aria-hidden />
      <div className="grow">
        <b>{title}</b>
        {said.length ? said.map((s) => <p key={s}>{s}</p>) : <p>{advice}</p>}
        {said.some((x) => /sign in again/i.test(x)) && <SignInAgain />}
        {p?.errorId && <p className="meta">{t.problems.id} <span className="code">{p.errorId}</span></p>}
      </div>
      {retry && <Button size="dense" onPress={retry}>{t.verbs.retry}</Button>}
    </div>
  );
}
/** some commands need a fresh sign-in; it happens in a new tab, so that what was typed here stays */
function SignInAgain() {
  const [gone, setGone] = useState(false);
  useEffect(() => {
    if (!gone) return;
    const back = (): void => void readSession().catch(() => undefined);
    addEventListener('focus', back);
    return () => removeEventListener('focus', back);
  }, [gone]);
  return <p className="again"><a className="b dense" href="/sign-in?again=1&return_to=%2Finbox" target="_blank" rel="noreferrer" onClick={() => setGone(true)}>{t.signedOut.signIn}</a> <span className="meta">{t.problems.again}</span></p>;
}
const noteIcon: Record<string, LucideIcon> = { info: IconInfo, warn: IconWarning, bad: IconError };
export function Note({ tone, title, children, action }: { tone?: 'info' | 'warn' | 'bad'; title?: string; children?: ReactNode; action?: ReactNode }) {
  const Icon = noteIcon[tone ?? 'info'] ?? IconInfo;
  return <div className={`note ${tone ?? ''}`}><Icon className="i" size={16} aria-hidden /><div className="grow">{title && <b>{title}</b>}{children && <div className="soft">{children}</div>}</div>{action}</div>;
}
/** the five states of a screen around its content: loading, error, forbidden, gone (all by `error`), and what was read */
export function Loaded<T>({ of, skeleton, children }: { of: { data: T | undefined; error: ApiProblem | null; isPending: boolean; refetch: () => unknown }; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return <>{of.error && <Problem page error={of.error} retry={() => void of.refetch()} />}{children(of.data)}</>;
  if (of.error) return <Problem page error={of.error} retry={of.error.kind === 'gone' || of.error.kind === 'forbidden' ? undefined : () => void of.refetch()} />;
  return <>{skeleton ?? <Skeleton />}</>;
}
