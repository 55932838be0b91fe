/* The catalogue: search first, what one asked for before, then everything. The chosen type opens as a sheet beside it
   (a page of its own on a phone). */
import { useMemo } from 'react';
import { useGet } from '../../api/hooks';
import type { CatalogueRow, Page } from '../../api/types';
import { paths } from '../../app/paths';
import { Link, navigate, useSearch } from '../../app/router';
import { useMe } from '../../app/session';
import { useShortcuts } from '../../app/shortcuts';
import { fits } from '../../logic/text';
import { span } from '../../logic/time';
import { t } from '../../texts';
import { ButtonLink } from '../../ui/Button';
import { SearchField } from '../../ui/Field';
import { Empty, Loaded, useTitle } from '../../ui/Page';
import { TeamTile, TypeTile } from '../../ui/People';
import { Sheet } from './Form';
import './catalogue.css';

export default function Catalogue({ params }: { params: { requestTypeId?: string } }) {
  const open = params.requestTypeId ?? null;
  const [{ q, team }, set] = useSearch({ q: '', team: '' });
  const rows = useGet<Page<CatalogueRow>>('/catalogue', { query: { limit: 200 } });
  useTitle(open ? null : t.nav.catalogue);
  const close = (): void => navigate(paths.catalogue(q || undefined));
  useShortcuts([{ keys: 'Escape', name: t.verbs.close, run: close, quiet: true }], Boolean(open));
  return (
    <div className={`cat ${open ? 'opened' : ''}`}>
      <div className="shop">
        <h1 className="h1">{t.requests.catalogue.title}</h1>
        <div className="roomy shop-search"><SearchField big label={t.requests.catalogue.search} placeholder={t.requests.catalogue.placeholder} value={q} onChange={(v) => set({ q: v, team: null })} /></div>
        <Loaded of={rows}>{(page) => <Tiles rows={page.data} q={q} team={team} open={open} />}</Loaded>
      </div>
      {open && <Sheet key={open} id={open} onClose={close} />}
    </div>
  );
}
function Tiles({ rows, q, team, open }: { rows: CatalogueRow[]; q: string; team: string; open: string | null }) {
  const me = useMe();
  const recent = useMemo(() => rows.filter((r) => r.lastUsedAt).sort((a, b) => (b.lastUsedAt ?? '').localeCompare(a.lastUsedAt ?? '')).slice(0, 6), [rows]);
  const teams = useMemo(() => {
    const by = new Map<string, { team: CatalogueRow['team']; n: number }>();
    for (const r of rows) by.set(r.team.id, { team: r.team, n: (by.get(r.team.id)?.n ?? 0) + 1 });
    return [...by.values()].sort((a, b) => b.n - a.n || a.team.name.localeCompare(b.team.name));
  }, [rows]);
  if (!rows.length) {
    return (
      <Empty title={t.requests.catalogue.emptyTitle} action={me.session.teams.length > 0 && <ButtonLink href={paths.requestTypes()}>{t.requests.catalogue.design}</ButtonLink>}>{t.requests.catalogue.empty}</Empty>
    );
  }
  const text = q.trim();
  const found = rows.filter((r) => (!team || r.team.id === team) && (!text || fits(`${r.name} ${r.description} ${r.team.name}`, text)));
  const hrefFor = (id: string): string => paths.form(id) + (q ? `?q=${encodeURIComponent(q)}` : '');
  const grid = (some: CatalogueRow[], title: string, id: string) => (
    <section className="sec" aria-labelledby={id}>
      <h2 className="label" id={id}>{title}</h2>
      <ul className="tiles">
        {some.map((r) => (
          <li key={r.id}>
            <Link className="card" href={hrefFor(r.id)} aria-current={r.id === open ? 'true' : undefined}>
              <TypeTile icon={r.icon} colour={r.team.colour} />
              <h3>{r.name}</h3>
              <p>{r.description}</p>
              <span className="meta">{r.team.name}{r.typicalMs ? ` · ${t.time.usually(span(r.typicalMs, t.time))}` : ''}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
  if (text || team) {
    const title = team ? t.requests.catalogue.team(rows.find((r) => r.team.id === team)?.team.name ?? '') : t.requests.catalogue.found(found.length);
    return found.length ? <>{grid(found, title, 'found')}{team && <p className="sec"><Link href={paths.catalogue()}>{t.requests.catalogue.showAll}</Link></p>}</>
      : <Empty title={t.requests.catalogue.noMatch} action={<ButtonLink href={paths.catalogue()}>{t.requests.catalogue.showAll}</ButtonLink>}>{t.requests.catalogue.noMatchText(text)}</Empty>;
  }
  const others = rows.filter((r) => !recent.includes(r)).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      {recent.length > 0 && grid(recent, t.requests.catalogue.recent, 'recent')}
      {others.length > 0 && grid(others, t.requests.catalogue.all, 'all')}
      {teams.length > 1 && (
        <section className="sec" aria-labelledby="teams">
          <h2 className="label" id="teams">{t.requests.catalogue.byTeam(rows.length)}</h2>
          <ul className="team-list">
            {teams.map(({ team: x, n }) => (
              <li key={x.id}><Link href={`/catalogue?team=${encodeURIComponent(x.id)}`}><TeamTile icon={x.icon} colour={x.colour} /><span className="cut grow">{x.name}</span><span className="meta">{n}</span></Link></li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
