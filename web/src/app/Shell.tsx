/* The frame around every screen: navigation by permissions, palette, help, theme, language, sample banner, toasts. */
import { Component, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Button as AriaButton, RouterProvider } from 'react-aria-components';
import { api, onSignedOut } from '../api/client';
import { refresh, useGet, useSend } from '../api/hooks';
import { listenLive } from '../api/live';
import type { Page, RequestRow } from '../api/types';
import { inboxQuery } from '../logic/views';
import { t } from '../texts';
import { Button } from '../ui/Button';
import { AskHost, Dialog } from '../ui/Dialog';
import { IconDark, IconKeyboard, IconLanguage, IconLight, IconMore, IconSearch, IconSignOut, IconSystem } from '../ui/icons';
import { Menu } from '../ui/Menu';
import { Problem, Skeleton } from '../ui/Page';
import { Avatar } from '../ui/People';
import { Toasts } from '../ui/Toast';
import { isAt, type Place, type World, worldsFor } from './nav';
import { Palette, sayKeys } from './Palette';
import { paths } from './paths';
import { Link, matchRoute, navigate, useHere } from './router';
import { routes } from './routes';
import { removeSamples } from './sample';
import { applyTheme, readSession, useMe } from './session';
import { useMedia } from './useMedia';
import { allowSingleKeys, handleKey, useShortcutList, useShortcuts } from './shortcuts';

export function Mark({ className = 'mark' }: { className?: string }) {
  return (
    <svg className={className} viewBox="0 0 16 16" aria-hidden>
      <path d="M3 1h2.8a.7.7 0 0 1 .7.7v1.5L4.75 4.75 6.5 6.3v8a.7.7 0 0 1-.7.7H3a1 1 0 0 1-1-1V2a1 1 0 0 1 1-1Z" />
      <path d="M8.7 1h1.7a3.75 3.75 0 0 1 2.15 6.82l1.8 6.3a.7.7 0 0 1-.67.88h-2.4a.9.9 0 0 1-.85-.6L8.06 9.3A1 1 0 0 1 8 8.96V6.3l1.75-1.55L8 3.2V1.7a.7.7 0 0 1 .7-.7Z" />
    </svg>
  );
}

/** the few numbers beside places; read lightly, kept true by the live stream */
function useCounts(): Record<NonNullable<Place['count']>, number | null> {
  const me = useMe();
  const inTeam = me.session.teams.length > 0;
  const mine = useGet<Page<RequestRow>>('/requests', { query: { ...inboxQuery('needs'), limit: 100 } });
  const open = useGet<Page<RequestRow>>('/requests', { query: { view: 'unassigned', limit: 100 }, enabled: inTeam });
  return { needsMe: mine.data?.data.length ?? null, unassigned: open.data?.data.length ?? null };
}
function Places({ world, path, counts }: { world: World; path: string; counts: ReturnType<typeof useCounts> }) {
  return (
    <div className="places">
      {world.places.map((p) => {
        const n = p.count ? counts[p.count] : null;
        return <Link key={p.href} className="place" href={p.href} aria-current={isAt(p, path) ? 'page' : undefined}>{p.name}{n ? <span className="n">{n >= 100 ? '99+' : n}</span> : null}</Link>;
      })}
    </div>
  );
}
function MeMenu({ children, onHelp }: { children: ReactNode; onHelp: () => void }) {
  const me = useMe();
  const { theme, singleKeys } = me.preferences;
  const language = document.documentElement.lang;
  const set = (patch: Parameters<typeof me.prefer>[0]): void => void me.prefer(patch).catch(() => undefined);
  const signOut = async (): Promise<void> => {
    await api.del('/session').catch(() => undefined);
    location.assign('/sign-in');
  };
  return (
    <Menu label={t.me.menu} placement="top start" entries={[
      { id: 'light', name: t.me.light, icon: IconLight, checked: theme === 'light', run: () => set({ theme: 'light' }) },
      { id: 'dark', name: t.me.dark, icon: IconDark, checked: theme === 'dark', run: () => set({ theme: 'dark' }) },
      { id: 'system', name: t.me.system, icon: IconSystem, checked: theme === 'system', run: () => set({ theme: 'system' }) },
      'line',
      { id: 'en', name: t.me.english, icon: IconLanguage, checked: language === 'en', run: () => set({ language: 'en' }) },
      { id: 'de', name: t.me.german, icon: IconLanguage, checked: language === 'de', run: () => set({ language: 'de' }) },
      'line',
      { id: 'keys', name: t.me.singleKeys, icon: IconKeyboard, checked: singleKeys, run: () => set({ singleKeys: !singleKeys }) },
      { id: 'help', name: t.me.help, icon: IconKeyboard, hint: '?', run: onHelp },
      { id: 'out', name: t.me.signOut, icon: IconSignOut, run: () => void signOut() },
    ]}>{children}</Menu>
  );
}
function Help({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const list = useShortcutList();
  const part = (title: string, some: typeof list) => some.length > 0 && (
    <section><h3 className="label">{title}</h3><div className="keys">{some.map((s) => <div key={s.keys}><span>{s.name}</span><kbd>{sayKeys(s.keys)}</kbd></div>)}</div></section>
  );
  return (
    <Dialog open wide title={t.keys.title} onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t.verbs.close}</Button>}>
      {!me.preferences.singleKeys && <p className="soft">{t.keys.off}</p>}
      {part(t.keys.here, list.filter((s) => !s.everywhere))}
      {part(t.keys.everywhere, list.filter((s) => s.everywhere))}
    </Dialog>
  );
}
function SampleBanner() {
  const me = useMe();
  const { path } = useHere();
  const remove = useSend((_: void) => removeSamples(me));
  if (!me.session.sample || !me.session.superAdmin || path === paths.settings('sample')) return null;
  return (
    <div className="banner" role="region" aria-label={t.sample.text}>
      <span className="cut">{t.sample.text}</span><Link className="only-wide" href={paths.settings('sample')}>{t.sample.what}</Link>
      <Button look="quiet" size="dense" pending={remove.isPending} onPress={() => remove.mutate()}>{t.sample.remove}</Button>
      {remove.error && <span className="c-bad" role="alert">{remove.error.sentences[0] || t.problems[remove.error.kind][0]}</span>}
    </div>
  );
}
function SignedOut() {
  const [out, setOut] = useState(false);
  useEffect(() => onSignedOut(() => setOut(true)), []);
  if (!out) return null;
  const goOn = async (): Promise<void> => {
    await readSession();
    setOut(false);
    await refresh('/');
  };
  return (
    <Dialog open alert title={t.signedOut.title} onClose={() => setOut(false)} actions={<>
      <a className="b pri" href="/sign-in" target="_blank" rel="noreferrer">{t.signedOut.signIn}</a>
      <Button onPress={() => void goOn().catch(() => undefined)}>{t.signedOut.goOn}</Button>
    </>}><p className="soft">{t.signedOut.body}</p></Dialog>
  );
}
/** a screen that broke leaves the navigation alone */
class Guard extends Component<{ children: ReactNode; at: string }, { error: Error | null; at: string }> {
  state = { error: null as Error | null, at: this.props.at };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  static getDerivedStateFromProps(props: { at: string }, state: { error: Error | null; at: string }) {
    return props.at === state.at ? null : { at: props.at, error: null };
  }
  render() {
    if (!this.state.error) return this.props.children;
    const [title, advice] = t.problems.crash as [string, string];
    return <div className="problem page" role="alert"><div className="grow"><b>{title}</b><p>{advice}</p><p className="code">{this.state.error.message}</p></div><Button size="dense" onPress={() => location.reload()}>{t.problems.reload}</Button></div>;
  }
}

export function Shell() {
  const me = useMe();
  const { path } = useHere();
  const found = matchRoute(routes, path);
  const worlds = useMemo(() => worldsFor(me), [me]);
  const counts = useCounts();
  const narrow = useMedia('(max-width: 720px)');
  const folded = useMedia('(max-width: 1199px)');
  const rail = folded || Boolean(found?.route.rail);
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const here = worlds.find((w) => w.places.some((p) => isAt(p, path)));

  useEffect(() => listenLive(), []);
  useEffect(() => { applyTheme(me.preferences.theme); allowSingleKeys(me.preferences.singleKeys); }, [me.preferences]);
  useEffect(() => { addEventListener('keydown', handleKey); return () => removeEventListener('keydown', handleKey); }, []);
  useEffect(() => { if (path === '/' || path === '') navigate(paths.home, { replace: true }); }, [path]);
  const screen = found?.route.screen;
  const before = useRef(screen);
  useEffect(() => {
    // a new screen: assistive technology starts at its top; within a list and its detail the focus stays in the list
    if (before.current !== screen || document.activeElement === document.body) main.current?.focus({ preventScroll: true });
    before.current = screen;
  }, [path, screen]);

  useShortcuts([
    { keys: 'mod+k', name: t.keys.palette, run: () => setPalette((x) => !x), quiet: true, everywhere: true },
    { keys: '?', name: t.keys.help, run: () => setHelp(true), everywhere: true },
    { keys: '/', name: t.keys.search, run: () => { const f = document.querySelector<HTMLInputElement>('[data-page-search]'); f ? f.focus() : setPalette(true); }, everywhere: true, quiet: true },
    { keys: 'g i', name: t.keys.inbox, run: () => navigate(paths.inbox()), everywhere: true, quiet: true },
    { keys: 'g c', name: t.keys.catalogue, run: () => navigate(paths.catalogue()), everywhere: true, quiet: true },
  ]);
  const actions = useMemo(() => [
    { id: 'new', name: t.palette.newRequest, run: () => navigate(paths.catalogue()) },
    { id: 'light', name: `${t.me.theme}: ${t.me.light}`, run: () => void me.prefer({ theme: 'light' }) },
    { id: 'dark', name: `${t.me.theme}: ${t.me.dark}`, run: () => void me.prefer({ theme: 'dark' }) },
    { id: 'system', name: `${t.me.theme}: ${t.me.system}`, run: () => void me.prefer({ theme: 'system' }) },
  ], [me]);

  const Screen = found?.route.screen;
  const role = me.session.superAdmin || me.session.administrator ? t.me.admin : (me.session.teams[0]?.name ?? me.session.principal.email);
  const worldLink = (w: World, content: ReactNode, className: string) => w.places.length > 1 && rail
    ? <Menu key={w.id} label={w.name} placement={narrow ? 'top' : 'right top'} entries={w.places.map((p) => ({ id: p.href, name: p.name, href: p.href, checked: isAt(p, path) }))}>
        <AriaButton className={className} aria-label={w.name} aria-current={w === here ? 'true' : undefined}>{content}</AriaButton>
      </Menu>
    : <Link key={w.id} className={className} href={w.places[0]?.href ?? '/'} aria-current={w === here ? 'true' : undefined}>{content}</Link>;

  return (
    <RouterProvider navigate={(to) => navigate(to)}>
      <a className="b skip" href="#main" onClick={(e) => { e.preventDefault(); main.current?.focus(); }}>{t.skip}</a>
      <div className={`app ${rail ? 'rail' : ''}`}>
        <SampleBanner />
        {!narrow && (
          <nav className="nav" aria-label={t.nav.label}>
            <Link className="brand" href={paths.home} title={me.session.organisation.name}><Mark /><span className="cut">{me.session.organisation.name || t.app}</span></Link>
            <button type="button" className="jump" aria-label={rail ? t.nav.find : undefined} onClick={() => setPalette(true)}><IconSearch className="i" size={16} aria-hidden /><span className="grow">{t.nav.find}</span><kbd aria-hidden>{sayKeys('mod+k')}</kbd></button>
            <div className="worlds">
              {worlds.map((w) => (
                <div key={w.id}>
                  {worldLink(w, <><w.icon className="i" size={16} aria-hidden />{rail ? '' : w.name}</>, 'world')}
                  {w === here && !rail && <Places world={w} path={path} counts={counts} />}
                </div>
              ))}
            </div>
            <MeMenu onHelp={() => setHelp(true)}>
              <AriaButton className="me">
                <Avatar name={me.session.principal.name} />
                <span className="two grow"><b className="cut">{me.session.principal.name}</b><br /><span className="muted cut">{role}</span></span><span className="vh">{t.me.menu}</span>
                <IconMore className="i" size={16} aria-hidden />
              </AriaButton>
            </MeMenu>
          </nav>
        )}
        <main className="main" id="main" tabIndex={-1} ref={main}>
          <Guard at={path}>
            <Suspense fallback={<Skeleton />}>
              {Screen && found ? <Screen params={found.params} /> : path !== '/' && <Problem page error={{ kind: 'gone', sentences: [], errorId: null } as unknown as Error} />}
            </Suspense>
          </Guard>
        </main>
        {narrow && (
          <nav className="tabbar" aria-label={t.nav.label}>
            {worlds.map((w) => worldLink(w, <><w.icon className="i lg" size={20} aria-hidden />{w.name}</>, ''))}
            <MeMenu onHelp={() => setHelp(true)}>
              <AriaButton><Avatar name={me.session.principal.name} size="sm" />{t.you}<span className="vh">{t.me.menu}</span></AriaButton>
            </MeMenu>
          </nav>
        )}
      </div>
      {palette && <Palette onClose={() => setPalette(false)} actions={actions} />}
      {help && <Help onClose={() => setHelp(false)} />}
      <AskHost />
      <SignedOut />
      <Toasts />
    </RouterProvider>
  );
}
