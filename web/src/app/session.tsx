/* Who is signed in, and how this person wants the application. Read once at the start; sign-in, set-up and the other
   plain pages come from the server. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { api, setCsrf } from '../api/client';
import type { Preferences, Session } from '../api/types';
import { ZoneContext } from '../ui/Time';

export interface Me {
  session: Session;
  preferences: Preferences;
  /** changes preferences on the server, then here */
  prefer: (patch: Partial<Preferences>) => Promise<void>;
  /** a permission of the server's table, or everything for a super administrator */
  may: (...permissions: string[]) => boolean;
  memberOf: (teamId: string) => boolean;
  /** reads the session again: teams, permissions, features or the sample have changed */
  reread: () => Promise<void>;
}
const Context = createContext<Me | null>(null);

export function useMe(): Me {
  const me = useContext(Context);
  if (!me) throw new Error('outside of the session');
  return me;
}
export async function readSession(): Promise<Session> {
  const session = await api.get<Session>('/session');
  setCsrf(session.csrf);
  return session;
}
export function applyTheme(theme: Preferences['theme']): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-scheme');
  else document.documentElement.setAttribute('data-scheme', theme);
  localStorage.setItem('reeve.theme', theme);
}
export function SessionProvider({ session: started, preferences: first, children, onLanguage }: { session: Session; preferences: Preferences; children: ReactNode; onLanguage: (l: Preferences['language']) => Promise<void> }) {
  const [session, setSession] = useState(started);
  const [preferences, setPreferences] = useState(first);
  const reread = useCallback(async () => setSession(await readSession()), []);
  const prefer = useCallback(async (patch: Partial<Preferences>) => {
    if (patch.theme) applyTheme(patch.theme);
    const next = await api.patch<Preferences>('/preferences', { version: preferences.version, ...patch });
    setPreferences(next);
    if (patch.language !== undefined) await onLanguage(next.language);
  }, [preferences.version, onLanguage]);
  const me = useMemo<Me>(() => ({
    session,
    preferences,
    prefer,
    may: (...p) => session.superAdmin || p.some((x) => session.permissions.includes(x)),
    memberOf: (id) => session.teams.some((x) => x.id === id),
    reread,
  }), [session, preferences, prefer, reread]);
  return <Context.Provider value={me}><ZoneContext.Provider value={session.zone || 'UTC'}>{children}</ZoneContext.Provider></Context.Provider>;
}
