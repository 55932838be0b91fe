/* A list at the left and the chosen thing beside it: the frame of most administration screens. The chosen thing is in the
   address; on a wide screen the first one is shown until another is chosen, on a phone list and detail are two pages. */
import { type ReactNode, useEffect, useRef } from 'react';
import type { ListResult } from '../../api/hooks';
import { Link, navigate } from '../../app/router';
import { useShortcuts } from '../../app/shortcuts';
import { useMedia } from '../../app/useMedia';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { SearchField } from '../../ui/Field';
import { IconAdd, IconLeft } from '../../ui/icons';
import { Bar, Empty, Problem, Skeleton, useTitle } from '../../ui/Page';
import './settings.css';

export interface Line {
  id: string;
  href: string;
  name: string;
  lead?: ReactNode;
  sub?: ReactNode;
  end?: ReactNode;
}
interface Props {
  title: string;
  about?: string;
  /** read from the server; `lines` are what is left of it after filters */
  of: Pick<ListResult<unknown>, 'isPending' | 'error' | 'hasMore' | 'isLoadingMore' | 'more' | 'retry'>;
  lines: Line[];
  id: string | undefined;
  back: string;
  search?: { label: string; value: string; onChange: (v: string) => void; placeholder?: string };
  filters?: ReactNode;
  create?: { name: string; run: () => void };
  tabs?: ReactNode;
  actions?: ReactNode;
  empty: { title: string; text: string };
  noMatch?: ReactNode;
  filtered?: boolean;
  className?: string;
  above?: ReactNode;
  children: (id: string) => ReactNode;
}

export function Master({ title, about, of, lines, id, back, search, filters, create, tabs, actions, empty, filtered, above, className, children }: Props) {
  const w = t.admin;
  const wide = useMedia('(min-width: 721px)');
  const shown = id ?? (wide ? lines[0]?.id : undefined);
  const at = lines.findIndex((l) => l.id === shown);
  const list = useRef<HTMLUListElement>(null);
  useTitle(lines.find((l) => l.id === id)?.name ?? title);
  const go = (d: number): void => {
    const next = lines[Math.min(lines.length - 1, Math.max(0, at + d))];
    if (next) navigate(next.href, { replace: true });
  };
  useShortcuts([{ keys: 'j', name: w.next, run: () => go(1), quiet: true }, { keys: 'k', name: w.previous, run: () => go(-1), quiet: true }]);
  useEffect(() => { list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' }); }, [shown]);
  const nothing = !of.isPending && !of.error && lines.length === 0;
  return (
    <>
      <Bar title={title} tabs={tabs}>
        {about && <span className="meta only-wide about">{about}</span>}
        {actions}
        {create && <Button size="dense" className="shrinks" icon={IconAdd} aria-label={create.name} onPress={create.run}><span className="only-wide">{create.name}</span></Button>}
      </Bar>
      {above}
      <div className={`split narrow one-of master ${className ?? ''} ${id ? 'shows-detail' : ''}`}>
        <div className="side">
          {(search || filters) && <div className="finder">{search && <SearchField {...search} />}{filters}</div>}
          {of.isPending ? <Skeleton rows={6} />
            : of.error && !lines.length ? <Problem page error={of.error} retry={of.error.kind === 'forbidden' ? undefined : of.retry} />
            : nothing ? <Empty title={filtered ? w.noMatch : empty.title} action={!filtered && create && <Button icon={IconAdd} onPress={create.run}>{create.name}</Button>}>{filtered ? w.noMatchText : empty.text}</Empty>
            : (
              <ul className="lines" aria-label={title} ref={list}>
                {lines.map((l) => (
                  <li key={l.id}>
                    <Link className="rl" href={l.href} aria-current={l.id === shown ? 'true' : undefined}>
                      {l.lead ?? <span />}<b className="cut">{l.name}</b>{l.end ? <span className="meta">{l.end}</span> : <span />}
                      {l.sub && <span className="sub cut">{l.sub}</span>}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          {of.hasMore && <div className="finder"><Button look="quiet" size="dense" pending={of.isLoadingMore} sending={t.loading} onPress={of.more}>{t.verbs.loadMore}</Button></div>}
        </div>
        <div className="detail">
          {id && <div className="only-narrow cfg-back"><Link className="row" href={back}><IconLeft className="i" size={16} aria-hidden />{title}</Link></div>}
          {shown ? <Detail key={shown}>{children(shown)}</Detail> : nothing || of.isPending || of.error ? null : <p className="pick muted">{w.pick}</p>}
        </div>
      </div>
    </>
  );
}
function Detail({ children }: { children: ReactNode }) {
  return <div className="pane">{children}</div>;
}
/** head of the chosen thing: what it is, how it stands, what one can do */
export function Head({ lead, title, sub, children }: { lead?: ReactNode; title: string; sub?: ReactNode; children?: ReactNode }) {
  return (
    <div className={`head ${lead ? 'tiled' : ''}`}>
      {lead}
      <div><h2>{title}</h2>{sub && <div className="soft under">{sub}</div>}</div>
      {children && <div className="row wrap acts">{children}</div>}
    </div>
  );
}
export function Section({ title, count, about, action, children, id, top }: { title: string; /** stands directly below the title of the page */ top?: boolean; count?: number; about?: ReactNode; action?: ReactNode; children: ReactNode; id?: string }) {
  const H = top ? 'h2' : 'h3';
  return (
    <section className="part" aria-label={title} id={id}>
      <div className="part-title"><H className="h3">{title}{count !== undefined && <span className="count">{count}</span>}</H>{action}</div>
      {about && <p className="soft about-part">{about}</p>}
      {children}
    </section>
  );
}
/** a thing with a switch or a button at its end */
export function Item({ lead, name, sub, children }: { lead?: ReactNode; name: ReactNode; sub?: ReactNode; children?: ReactNode }) {
  return <li className="item">{lead}<span className="grow two"><span className="nm">{name}</span>{sub && <span className="sub">{sub}</span>}</span>{children}</li>;
}
