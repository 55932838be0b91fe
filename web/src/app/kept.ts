/* Text that was typed and not sent stays on this device under a name (a reason, a message, a note). */
import { useCallback, useEffect, useRef, useState } from 'react';

export function useKeptText(name: string): [string, (text: string) => void] {
  const key = `reeve.text.${name}`;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '');
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    setText(sessionStorage.getItem(key) ?? '');
  }, [key]);
  const keep = useCallback((next: string) => {
    setText(next);
    if (next) sessionStorage.setItem(key, next);
    else sessionStorage.removeItem(key);
  }, [key]);
  return [text, keep];
}
