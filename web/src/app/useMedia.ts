/* Does the window match a media query now? */
import { useEffect, useMemo, useState } from 'react';

export function useMedia(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query]);
  const [on, setOn] = useState(list.matches);
  useEffect(() => {
    const run = (): void => setOn(list.matches);
    run();
    list.addEventListener('change', run);
    return () => list.removeEventListener('change', run);
  }, [list]);
  return on;
}
