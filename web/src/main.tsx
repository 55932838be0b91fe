/* Start: session, preferences and language, then the shell. Without a session the server's sign-in page takes over. */
import { QueryClientProvider } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { type ApiProblem, api } from './api/client';
import { queryClient } from './api/hooks';
import type { Preferences, Session } from './api/types';
import { applyTheme, readSession, SessionProvider } from './app/session';
import { Mark, Shell } from './app/Shell';
import { guessLanguage, type Language, locale, t, useLanguage as chooseLanguage } from './texts';
import { Problem } from './ui/Page';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';

const root = createRoot(document.getElementById('root') as HTMLElement);

function App({ session, preferences }: { session: Session; preferences: Preferences }) {
  const [language, setLanguage] = useState<Language>(guessLanguage());
  const onLanguage = useCallback(async (wanted: Preferences['language']) => {
    if (wanted) localStorage.setItem('reeve.language', wanted);
    const next = guessLanguage();
    await chooseLanguage(next);
    setLanguage(next);
  }, []);
  return (
    <QueryClientProvider client={queryClient}>
      <I18nProvider locale={locale()}>
        <SessionProvider session={session} preferences={preferences} onLanguage={onLanguage}>
          <Shell key={language} />
        </SessionProvider>
      </I18nProvider>
    </QueryClientProvider>
  );
}

async function start(): Promise<void> {
  const theme = localStorage.getItem('reeve.theme');
  if (theme === 'light' || theme === 'dark') applyTheme(theme);
  root.render(<div className="boot"><Mark /></div>);
  try {
    const [session, preferences] = await Promise.all([readSession(), api.get<Preferences>('/preferences'), chooseLanguage(guessLanguage())]);
    const kept = localStorage.getItem('reeve.language');
    if (preferences.language && preferences.language !== kept && kept !== 'pseudo') {
      localStorage.setItem('reeve.language', preferences.language);
      await chooseLanguage(preferences.language);
    }
    root.render(<App session={session} preferences={preferences} />);
  } catch (e) {
    const problem = e as ApiProblem;
    if (problem.kind === 'signedOut' || problem.kind === 'forbidden') {
      location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    if (!t) await chooseLanguage(guessLanguage());
    root.render(<Problem page error={problem} retry={() => void start()} />);
  }
}
void start();
