/* Short addresses that others hand out lead to where the thing is. */
import { useEffect } from 'react';
import { paths } from '../../app/paths';
import { navigate, useHere } from '../../app/router';
import { Skeleton } from '../../ui/Page';

export default function Elsewhere() {
  const { path, search } = useHere();
  useEffect(() => {
    const rest = search.size ? `?${search}` : '';
    const to = path === '/settings/mail' ? paths.mail() : path === '/settings' ? paths.settings('organisation') : `/settings${path}`;
    navigate(to + rest, { replace: true });
  }, [path, search]);
  return <Skeleton />;
}
